#include "adapters/web/live_socket.hpp"
#include "core/bus.hpp"
#include "core/json/value.hpp"

#include <algorithm>
#include <array>

#include <boost/json/monotonic_resource.hpp>

namespace rialto::web {
namespace json = boost::json;

namespace {

constexpr int most_misunderstandings = 3;
/// More last values than this are not sent unasked for; the client is told to ask for less.
constexpr std::size_t most_last_values = 1000;

/// Leaves out the oldest where all together weigh more. @return whether any was
bool drop_beyond(std::vector<MessagePtr>& messages, std::size_t bytes) {
    std::size_t weight = 0;
    auto first = messages.end();
    while (first != messages.begin() && weight + (*std::prev(first))->size() <= bytes) weight += (*--first)->size();
    const bool is_too_much = first != messages.begin();
    messages.erase(messages.begin(), first);
    return is_too_much;
}

}  // namespace

void LiveSocket::on_message(DataKind kind, ByteView message) {
    if (kind == DataKind::binary) {
        const std::size_t head = message.size() < 2 ? 0 : std::size_t{message[0]} << 8 | message[1];
        if (head == 0 || message.size() < 2 + head)
            return not_understood("a binary message is header length, header, payload");
        on_frame(as_text(message.subspan(2, head)), message.subspan(2 + head));
    } else {
        for (std::string_view rest = as_text(message); !rest.empty() && link_.is_open();) {
            const auto end = rest.find('\n');
            const auto line = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
            if (line.find_first_not_of(" \t\r") != std::string_view::npos) on_frame(line, std::nullopt);
        }
    }
    pause_or_resume();
}

void LiveSocket::on_frame(std::string_view text, std::optional<ByteView> payload) {
    std::array<unsigned char, 4096> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    boost::system::error_code error;
    const json::value value = parse_json(text, error, &memory);
    if (error || !value.is_object()) return not_understood("this is no JSON object");
    Frame frame{value.get_object(), text, payload, {}};
    auto id = read_id(frame.members);
    if (!id) return refuse(frame, id.error());
    frame.id = *std::move(id);
    handle(frame);
}

void LiveSocket::handle(const Frame& frame) {
    const json::value* const op = frame.members.if_contains("op");
    const std::string_view name =
        op && op->is_string() ? std::string_view(op->get_string()) : std::string_view{};
    const Handler handler = handler_of(name);
    if (!handler)
        return refuse(frame, {live_error::bad_request,
                              "'" + std::string(name.substr(0, 40)) + "' is no op that is known here"});
    if (!is_connected_ && handler != &LiveSocket::on_connect) {
        return refuse(frame, {live_error::unauthorized, "say connect first"});
    }
    if (handler != &LiveSocket::on_pong && !take_from_rate()) {
        return refuse(frame, {live_error::too_many,
                              "more than " + std::to_string(service_.limits.rate) + " requests a second"});
    }
    (this->*handler)(frame);
}

LiveSocket::Handler LiveSocket::handler_of(std::string_view op) noexcept {
    if (op == "pub") return &LiveSocket::on_publish;
    if (op == "sub") return &LiveSocket::on_subscribe;
    if (op == "unsub") return &LiveSocket::on_unsubscribe;
    if (op == "pong") return &LiveSocket::on_pong;
    if (op == "connect") return &LiveSocket::on_connect;
    if (op == "req" || op == "who" || op == "auth") return &LiveSocket::on_unoffered;
    return nullptr;
}

void LiveSocket::not_understood(std::string_view sentence) {
    if (++misunderstandings_ >= most_misunderstandings) return hang_up(CloseCode::not_understood, sentence);
    answer(error_frame({}, live_error::bad_request, sentence));
}

void LiveSocket::refuse(const Frame& frame, const Refusal& refusal) {
    answer(error_frame(frame.id, refusal.error, refusal.sentence));
}

// A bucket that fills by `rate` a second and holds two seconds' worth.
bool LiveSocket::take_from_rate() {
    const auto rate = static_cast<double>(service_.limits.rate);
    if (rate == 0) return true;
    const Instant now = link_.shard().now();
    const double most = 2 * rate;
    const double passed = std::chrono::duration<double>(now - rate_since_).count();
    rate_left_ = rate_since_ == Instant{} ? most : std::min(most, rate_left_ + passed * rate);
    rate_since_ = now;
    if (rate_left_ < 1) return false;
    rate_left_ -= 1;
    return true;
}

void LiveSocket::on_connect(const Frame& frame) {
    if (is_connected_) return refuse(frame, {live_error::bad_request, "connected already"});
    if (!service_.gateway.allows_anonymous()) {
        refuse(frame, {live_error::unauthorized, "anonymous clients are not welcome here"});
        return hang_up(CloseCode::unauthorized, "unauthorized");
    }
    const json::value* const binary = frame.members.if_contains("bin");
    wants_binary_ = binary && binary->is_bool() && binary->get_bool();
    is_connected_ = true;
    const auto& limits = service_.limits;
    answer(connected_frame(frame.id, {"c" + std::to_string(number()),
                                      std::chrono::duration_cast<std::chrono::seconds>(limits.ping_interval),
                                      limits.message_size, limits.subscriptions, limits.rate,
                                      history().epoch(), history().position()}));
    link_.wake_after(limits.ping_interval);
}

void LiveSocket::on_subscribe(const Frame& frame) {
    auto request = read_subscribe(frame.members);
    if (!request) return refuse(frame, request.error());
    const std::string text = request->filter.full_text();
    if (subscriptions_.contains(text))
        return refuse(frame, {live_error::already_subscribed, "'" + text + "' is subscribed already"});
    if (subscriptions_.size() >= service_.limits.subscriptions) {
        return refuse(frame, {live_error::too_many,
                              "at most " + std::to_string(service_.limits.subscriptions) + " subscriptions"});
    }
    const auto identifier = next_identifier_++;
    auto& subscription =
        subscriptions_.try_emplace(text, Subscription{request->filter, identifier, request->policy})
            .first->second;
    const SubscriptionOptions options{.no_local = !request->wants_own, .identifier = identifier};
    auto& bus = link_.shard().bus();
    // All that is numbered from here on comes, or can be asked for.
    subscription.replayed_through = history().position();
    bus.subscribe(*this, subscription.filter, options);
    // Nothing is delivered before this returns, so what is retained now and what comes later have no gap
    // between them.
    switch (request->from) {
        case Beginning::now:
            return answer(subscribed_frame(frame.id, text, 0, subscription.replayed_through, std::nullopt));
        case Beginning::last_values:
            if (replay_last_values(frame, subscription)) break;
            bus.unsubscribe(*this, subscription.filter);
            subscriptions_.erase(text);
            return;
        case Beginning::newest:
        case Beginning::cursor:
            replay_history(frame, *request, subscription);
    }
    answer(live_frame(text, subscription.replayed_through));
}

// Subscribed before the history is read: a message is in one or comes from the other, or both; was_replayed() tells.
void LiveSocket::replay_history(const Frame& frame, const SubscribeRequest& request, Subscription& subscription) {
    const auto& filter = subscription.filter;
    const bool has_cursor = request.from == Beginning::cursor;
    Past past{{}, history().position(), false};
    if (!filter.is_shared()) {
        past = has_cursor ? history().since(filter, request.cursor) : history().newest({&filter, 1}, request.count);
    }
    if (drop_beyond(past.messages, service_.limits.backlog - std::min(service_.limits.backlog, queue_.bytes()))) past.is_whole = false;
    subscription.replayed_through = past.position;
    replayed_through_ = std::max(replayed_through_, past.position);
    answer(subscribed_frame(frame.id, filter.full_text(), past.messages.size(), past.position,
                            has_cursor ? std::optional(past.is_whole) : std::nullopt));
    for (const auto& message : past.messages) enqueue(message, MessageForm::live, {&subscription.identifier, 1});
}

bool LiveSocket::replay_last_values(const Frame& frame, const Subscription& subscription) {
    std::vector<MessagePtr> last;
    const auto& filter = subscription.filter;
    if (!filter.is_shared()) last = link_.shard().bus().retained().matching(filter, most_last_values + 1);
    if (last.size() > most_last_values) {
        refuse(frame, {live_error::too_large,
                       "more than 1000 topics match; subscribe to fewer, or without their last values"});
        return false;
    }
    answer(subscribed_frame(frame.id, filter.full_text(), last.size(), subscription.replayed_through, std::nullopt));
    for (const auto& message : last) enqueue(message, MessageForm::retained, {&subscription.identifier, 1});
    return true;
}

void LiveSocket::on_unsubscribe(const Frame& frame) {
    const auto filter = read_filter(frame.members);
    if (!filter) return refuse(frame, filter.error());
    const std::string text = filter->full_text();
    const auto found = subscriptions_.find(text);
    if (found == subscriptions_.end())
        return refuse(frame, {live_error::not_subscribed, "'" + text + "' is not subscribed"});
    link_.shard().bus().unsubscribe(*this, found->second.filter);
    subscriptions_.erase(found);
    answer(unsubscribed_frame(frame.id, text));
}

void LiveSocket::on_publish(const Frame& frame) {
    const bool wants_answer = !frame.id.empty();
    const Message::Traits traits{.qos = wants_answer ? Qos::at_least_once : Qos::at_most_once,
                                 .origin = number()};
    auto request = read_publish(frame.members, frame.text, frame.payload, traits);
    if (!request) return refuse(frame, request.error());
    auto& shard = link_.shard();
    if (!request->key.empty() && !publisher_->is_fresh(frame.id, request->key, shard.now())) return;
    service_.counts[shard.index()].received.add();
    Receipt receipt;
    if (wants_answer || !request->key.empty()) {
        receipt = publisher_->expect(frame.id, request->key, request->message);
    }
    shard.bus().publish(request->message, std::move(receipt));
}

void LiveSocket::publish_settled(std::string_view id, const RecentKeys::Settled& settled) noexcept {
    if (!id.empty()) {
        switch (settled.outcome) {
            case Outcome::accepted:
                answer(ack_frame(id, settled.sequence));
                break;
            case Outcome::rejected:
                answer(error_frame(id, live_error::target_refused, "a target refused the message"));
                break;
            case Outcome::released:
                answer(error_frame(id, live_error::target_down, "a target did not take the message"));
                break;
        }
    }
    pause_or_resume();
}

void LiveSocket::on_unoffered(const Frame& frame) {
    const std::string name(frame.members.at("op").get_string());
    refuse(frame, {live_error::bad_request, "'" + name + "' is not offered by this gateway"});
}

}  // namespace rialto::web
