#include "adapters/mqtt/system_topics.hpp"

#include <chrono>

namespace rialto::mqtt {
namespace {

constexpr std::chrono::seconds period{10};

}  // namespace

SystemTopics::SystemTopics(Server& server) : server_(server), timer_([this] { publish_all(); }) {}

void SystemTopics::start() {
    if (std::exchange(is_started_, true)) return;
    server_.gateway().shard(0).post([this] {
        publish("version", "rialto " RIALTO_VERSION);
        publish_all();
    });
}

void SystemTopics::publish_all() {
    Gateway& gateway = server_.gateway();
    const Metrics& metrics = gateway.metrics();
    const Counters& counters = server_.sessions_of(gateway.shard(0)).counters();
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - gateway.started());
    publish("uptime", std::to_string(uptime.count()) + " seconds");
    publish("clients/connected", std::to_string(counters.connected.value()));
    publish("clients/total", std::to_string(counters.sessions.value()));
    publish("messages/received", std::to_string(metrics.total("rialto_messages_received_total")));
    publish("messages/sent", std::to_string(metrics.total("rialto_messages_sent_total")));
    publish("publish/messages/dropped", std::to_string(metrics.total("rialto_messages_dropped_total")));
    publish("retained messages/count", std::to_string(gateway.retained().size()));
    gateway.shard(0).arm(timer_, period);
}

void SystemTopics::publish(std::string_view name, const std::string& value) {
    const std::string topic = "$SYS/broker/" + std::string(name);
    const Message::Traits traits{.retain = true};
    server_.gateway().shard(0).bus().publish(Message::create(topic, as_bytes(value), traits), Receipt{});
}

}  // namespace rialto::mqtt
