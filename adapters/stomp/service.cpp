#include "adapters/stomp/service.hpp"

#include "adapters/stomp/session.hpp"

#include <utility>

namespace rialto::stomp {

Service::Service(Gateway& gateway, std::string listener, const Limits& limits, std::shared_ptr<Queues> queues)
    : gateway_(gateway), listener_(std::move(listener)), limits_(limits), queues_(std::move(queues)) {
    Metrics& metrics = gateway_.metrics();
    const Labels labels{{"protocol", "stomp"}};
    const Labels slow{{"protocol", "stomp"}, {"reason", "slow_reader"}};
    for (std::size_t i = 0; i < gateway_.shard_count(); ++i) {
        counts_.push_back(
            {metrics.counter("rialto_messages_received_total", "Messages received from clients", labels),
             metrics.counter("rialto_messages_sent_total", "Messages sent to clients", labels),
             metrics.counter("rialto_messages_dropped_total", "Messages dropped, by reason", slow)});
    }
}

std::unique_ptr<StreamSession> Service::open_session(Wire& wire) {
    return std::make_unique<Session>(wire, *this);
}

}  // namespace rialto::stomp
