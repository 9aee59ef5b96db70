#include "adapters/memory/broker.hpp"

#include <algorithm>
#include <utility>

namespace rialto::memory {
namespace {

bool is_asked_for(const std::vector<TopicFilter>& patterns, std::string_view topic) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return pattern.matches(topic); });
}

/// As it would arrive over a network: nothing of this process clings to it.
MessagePtr copy_of(const Message& message) {
    auto properties = message.has_properties() ? std::make_unique<const Properties>(message.properties()) : nullptr;
    return Message::create(message.topic(), message.payload(), {message.qos(), message.is_retained()},
                           std::move(properties));
}

}  // namespace

std::shared_ptr<Broker> Broker::named(std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<Broker>, std::less<>> brokers;
    const std::lock_guard lock(mutex);
    std::weak_ptr<Broker>& slot = brokers[std::string(name)];
    if (auto broker = slot.lock()) return broker;
    auto broker = std::make_shared<Broker>();
    slot = broker;
    return broker;
}

Result<void> Broker::attach(const Ref<Link>& link, std::string_view client) {
    if (refusal_) return *refusal_;
    connections_.push_back({link, std::string(client)});
    return {};
}

Result<void> Broker::attach_reader(const Ref<Link>& link, std::string_view client, std::vector<TopicFilter> patterns) {
    const std::lock_guard lock(mutex_);
    if (auto ok = attach(link, client); !ok) return ok;
    Session& session = sessions_[std::string(client)];
    const auto known = std::exchange(session.patterns, std::move(patterns));
    for (const TopicFilter& pattern : session.patterns) {
        if (std::find(known.begin(), known.end(), pattern) != known.end()) continue;
        for (const MessagePtr& message : retained_.matching(pattern)) {
            const bool is_there =
                std::any_of(session.messages.begin(), session.messages.end(),
                            [&](const Held& held) { return held.message == message; });
            if (!is_there) keep(session, message);
        }
    }
    session.reader = link;
    session.taken = 0;
    if (!session.messages.empty()) tell_ready(link);
    return {};
}

Result<void> Broker::attach_writer(const Ref<Link>& link, std::string_view client) {
    const std::lock_guard lock(mutex_);
    return attach(link, client);
}

void Broker::detach(Link& link) {
    const std::lock_guard lock(mutex_);
    std::erase_if(connections_, [&](const Connection& connection) { return connection.link.get() == &link; });
    std::erase_if(held_confirmations_, [&](const Confirmation& held) { return held.writer.get() == &link; });
    if (Session* session = session_read_by(link)) session->reader = nullptr;
}

std::vector<Held> Broker::take(Link& reader, std::size_t most) {
    const std::lock_guard lock(mutex_);
    Session* const session = session_read_by(reader);
    if (!session) return {};
    const auto first = session->messages.begin() + static_cast<std::ptrdiff_t>(session->taken);
    const std::size_t count = std::min(most, session->messages.size() - session->taken);
    session->taken += count;
    return {first, first + static_cast<std::ptrdiff_t>(count)};
}

void Broker::settle(Link& reader, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    Session* const session = session_read_by(reader);
    if (!session) return;
    const auto end = session->messages.begin() + static_cast<std::ptrdiff_t>(session->taken);
    const auto found =
        std::find_if(session->messages.begin(), end, [&](const Held& held) { return held.number == number; });
    if (found == end) return;
    session->messages.erase(found);
    --session->taken;
}

void Broker::publish(Link& writer, const MessagePtr& message, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const std::string* const client = client_of(writer);
    if (!client) return;
    if (answer_ == Outcome::accepted) {
        const MessagePtr taken = copy_of(*message);
        published_.push_back(taken);
        spread(taken, *client);
    }
    Confirmation confirmation{&writer, number, answer_};
    if (holds_confirmations_) {
        held_confirmations_.push_back(std::move(confirmation));
    } else {
        confirm(std::move(confirmation));
    }
}

void Broker::refuse_connections(Error why) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(why);
}

void Broker::accept_connections() {
    const std::lock_guard lock(mutex_);
    refusal_.reset();
}

void Broker::lose_connections(const Error& reason) {
    const std::lock_guard lock(mutex_);
    held_confirmations_.clear();
    for (auto& [name, session] : sessions_) session.reader = nullptr;
    for (const Connection& connection : std::exchange(connections_, {})) {
        connection.link->post([reason](Client& client) { client.lost(reason); });
    }
}

void Broker::hold_confirmations() {
    const std::lock_guard lock(mutex_);
    holds_confirmations_ = true;
}

void Broker::confirm_held() {
    const std::lock_guard lock(mutex_);
    holds_confirmations_ = false;
    for (Confirmation& held : std::exchange(held_confirmations_, {})) confirm(std::move(held));
}

void Broker::answer_with(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    answer_ = outcome;
}

void Broker::publish(const MessagePtr& message) {
    const std::lock_guard lock(mutex_);
    spread(copy_of(*message), {});
}

std::vector<MessagePtr> Broker::published() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

std::size_t Broker::unsettled(std::string_view client) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(client);
    return found == sessions_.end() ? 0 : found->second.messages.size();
}

const std::string* Broker::client_of(const Link& link) const {
    for (const Connection& connection : connections_) {
        if (connection.link.get() == &link) return &connection.client;
    }
    return nullptr;
}

Broker::Session* Broker::session_read_by(const Link& reader) {
    for (auto& [name, session] : sessions_) {
        if (session.reader.get() == &reader) return &session;
    }
    return nullptr;
}

void Broker::spread(const MessagePtr& message, std::string_view from) {
    if (message->is_retained()) retained_.store(message);
    for (auto& [name, session] : sessions_) {
        if (name == from || !is_asked_for(session.patterns, message->topic())) continue;
        keep(session, message);
        if (session.reader) tell_ready(session.reader);
    }
}

void Broker::keep(Session& session, const MessagePtr& message) {
    if (session.messages.size() < most_kept) session.messages.push_back({++last_number_, message});
}

void Broker::confirm(Confirmation confirmation) {
    confirmation.writer->post([number = confirmation.number, outcome = confirmation.outcome](Client& client) {
        client.confirmed(number, outcome);
    });
}

void Broker::tell_ready(const Ref<Link>& reader) {
    reader->post([](Client& client) { client.ready(); });
}

}  // namespace rialto::memory
