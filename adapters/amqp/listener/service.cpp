#include "adapters/amqp/listener/service.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/amqp/listener/session.hpp"

namespace rialto::amqp {

Service::Service(Gateway& gateway, std::string listener, const ListenerLimits& limits, std::shared_ptr<Queues> queues)
    : gateway_(gateway), listener_(std::move(listener)), limits_(limits), queues_(std::move(queues)) {
    Metrics& metrics = gateway_.metrics();
    const Labels labels{{"protocol", "amqp"}};
    const auto dropped = [&](const char* reason) -> Counter& {
        return metrics.counter("rialto_messages_dropped_total", "Messages dropped, by reason", {{"protocol", "amqp"}, {"reason", reason}});
    };
    for (std::size_t i = 0; i < gateway_.shard_count(); ++i) {
        counts_.push_back({metrics.counter("rialto_messages_received_total", "Messages received from clients", labels),
                           metrics.counter("rialto_messages_sent_total", "Messages sent to clients", labels),
                           dropped("slow_reader"), dropped("refused")});
    }
}

std::unique_ptr<StreamSession> Service::open_session(Wire& wire) { return std::make_unique<Session>(wire, *this); }

std::string Service::temporary_topic() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, 16> token{};
    RAND_bytes(token.data(), static_cast<int>(token.size()));
    std::string name = gateway_.name();
    std::replace_if(name.begin(), name.end(), [](char c) { return c == '/' || c == '+' || c == '#'; }, '_');
    std::string topic = "rialto/reply/" + name + "/";
    for (const unsigned char octet : token) {
        topic += digits[octet >> 4U];
        topic += digits[octet & 15U];
    }
    return topic;
}

}  // namespace rialto::amqp
