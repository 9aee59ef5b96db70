#include "bridge/reply_desk.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "bridge/link.hpp"

namespace rialto::bridge {
namespace {

/// The gateway's name as a level: it may have been given any.
std::string level_of(std::string name) {
    std::replace_if(name.begin(), name.end(), [](char c) { return c == '/' || c == '+' || c == '#' || c == '$'; }, '-');
    return name;
}

/// Not to be guessed: whoever knows an address can answer.
std::string new_token() {
    std::array<unsigned char, 16> random{};
    RAND_bytes(random.data(), static_cast<int>(random.size()));
    std::string token;
    for (const unsigned char byte : random) {
        token += "0123456789abcdef"[byte >> 4U];
        token += "0123456789abcdef"[byte & 15U];
    }
    return token;
}

}  // namespace

/// Takes answers from the bus, for requests that went there.
class ReplyDesk::BusReader final : public Subscriber {
public:
    explicit BusReader(ReplyDesk& desk) : desk_(desk) {}
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override { desk_.take(delivery.message, receipt); }

private:
    ReplyDesk& desk_;
};

ReplyDesk::ReplyDesk(Gateway& gateway)
    : gateway_(gateway),
      prefix_("rialto/reply/" + level_of(gateway.name()) + "/"),
      filter_(TopicFilter::parse(prefix_ + "+").value()),
      stamp_(gateway.name() + "/replies"),
      waiting_(gateway.metrics().gauge("rialto_requests_waiting", "Requests whose answers would be brought back")),
      orphans_(gateway.metrics().gauge("rialto_answers_dropped", "Answers that nobody waited for")) {}

ReplyDesk::~ReplyDesk() = default;

std::string ReplyDesk::expect(const Message& request, Link* asker) {
    const Properties& properties = request.properties();
    std::string token = new_token();
    const Instant now = Clock::now();
    Instant until = now + shortest_wait;
    if (properties.expires_at) until = std::max(until, now + (*properties.expires_at - wall_now()));
    const std::lock_guard lock(mutex_);
    forget_old(now);
    requests_.emplace(token, Request{asker, properties.reply_to, properties.correlation_id, until});
    oldest_.push_back(token);
    waiting_.set(static_cast<std::int64_t>(requests_.size()));
    return prefix_ + token;
}

bool ReplyDesk::take(const MessagePtr& message, const Receipt& receipt) {
    if (!message->topic().starts_with(prefix_)) return false;
    Request request;
    {
        const std::lock_guard lock(mutex_);
        forget_old(Clock::now());
        const auto found = requests_.find(std::string(message->topic().substr(prefix_.size())));
        if (found == requests_.end()) {
            orphans_.add(1);
            return true;
        }
        request = found->second;  // there may be more answers than one
    }
    auto properties = std::make_unique<Properties>(message->properties());
    properties->correlation_id = std::move(request.correlation_id);
    properties->via.push_back(stamp_);
    Message::Traits traits = message->traits();
    traits.retain = false;
    MessagePtr answer = Message::rewrite(*message, request.reply_to, traits, std::move(properties));
    if (request.asker) {
        request.asker->send({std::move(answer), receipt.share()});
    } else {
        Shard::current()->bus().publish(answer, receipt.share());
    }
    return true;
}

void ReplyDesk::listen_on_bus() {
    if (bus_reader_) return;
    bus_reader_ = std::make_unique<BusReader>(*this);
    Shard& home = gateway_.home_of(stamp_);
    home.post([this, &home] { home.bus().subscribe(*bus_reader_, filter_, {}); });
}

void ReplyDesk::forget(const Link& link) {
    const std::lock_guard lock(mutex_);
    boost::unordered::erase_if(requests_, [&link](const auto& entry) { return entry.second.asker == &link; });
    waiting_.set(static_cast<std::int64_t>(requests_.size()));
}

void ReplyDesk::forget_old(Instant now) {
    while (!oldest_.empty()) {
        const auto found = requests_.find(oldest_.front());
        if (found != requests_.end() && found->second.until > now && requests_.size() < most) break;
        if (found != requests_.end()) requests_.erase(found);
        oldest_.pop_front();
    }
    waiting_.set(static_cast<std::int64_t>(requests_.size()));
}

}  // namespace rialto::bridge
