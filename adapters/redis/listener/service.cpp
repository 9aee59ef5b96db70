#include "adapters/redis/listener/service.hpp"

#include "adapters/redis/listener/client_session.hpp"
#include "core/net/stream_listener_options.hpp"

namespace rialto::redis {

const Schema& listener_schema() {
    static const ListenerLimits usual;
    static const Schema options =
        Schema()
            .include(stream_listener_schema())
            .add(option::size("max_request", usual.request.size, "bytes of one command; a larger one ends its connection"))
            .add(option::integer("max_subscriptions", static_cast<std::int64_t>(usual.subscriptions),
                                 "channels and patterns of one client")
                     .between(1, 10'000'000))
            .add(option::size("max_backlog", usual.backlog, "bytes that wait for a client that reads slowly; then it is sent away"))
            .add(option::integer("max_unsettled", static_cast<std::int64_t>(usual.unsettled),
                                 "messages of one client that wait for their reply")
                     .between(1, 10'000'000));
    return options;
}

ListenerLimits listener_limits_from(const OptionValues& options) {
    ListenerLimits limits;
    limits.request.size = static_cast<std::size_t>(options.size("max_request"));
    limits.subscriptions = static_cast<std::size_t>(options.integer("max_subscriptions"));
    limits.backlog = static_cast<std::size_t>(options.size("max_backlog"));
    limits.unsettled = static_cast<std::size_t>(options.integer("max_unsettled"));
    return limits;
}

Service::Service(Gateway& gateway, std::string listener, ListenerLimits limits)
    : gateway_(gateway), listener_(std::move(listener)), limits_(limits) {
    Metrics& metrics = gateway.metrics();
    const Labels labels{{"protocol", "redis"}};
    const Labels slow{{"protocol", "redis"}, {"reason", "slow_reader"}};
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
        counts_.push_back({metrics.counter("rialto_messages_received_total", "Messages received from clients", labels),
                           metrics.counter("rialto_messages_sent_total", "Messages sent to clients", labels),
                           metrics.counter("rialto_messages_dropped_total", "Messages dropped, by reason", slow)});
    }
}

std::unique_ptr<StreamSession> Service::open_session(Wire& wire) { return std::make_unique<ClientSession>(wire, *this); }

}  // namespace rialto::redis
