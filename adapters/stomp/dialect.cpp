#include "adapters/stomp/dialect.hpp"

#include <algorithm>
#include <array>

namespace rialto::stomp {
namespace {

using Names = std::string_view;

constexpr std::array<Names, 7> frame_headers = {"message-id",  "subscription", "ack",       "redelivered",
                                                "destination", "receipt",      "content-length"};

constexpr std::array<Names, 2> rabbitmq_meaningful = {"amqp-message-id", "expiration"};
// What dead-lettering, federation and its MQTT plug-in add.
constexpr std::array<Names, 9> rabbitmq_added = {"x-death", "x-first-death-*", "x-last-death-*", "x-received-from",
                                                 "x-mqtt-*", "x-routing-key", "x-exchange", "x-delivery-count",
                                                 "cluster-id"};

constexpr std::array<Names, 6> artemis_added = {"destination-type", "_AMQ_*", "__AMQ_*", "JMS*", "mqtt.*", "NATIVE_*"};

constexpr std::array<Names, 6> activemq_added = {"JMS*",    "transformation",      "transformation-error",
                                                 "browser", "originalDestination", "ActiveMQ.*"};

constexpr Dialect rabbitmq_dialect() {
    Dialect dialect{.name = "rabbitmq", .prefix = "/topic/", .form = rabbitmq_form};
    dialect.escapes_percent = true;
    dialect.host = "/";
    dialect.keeping = Dialect::Keeping::one_queue;
    dialect.subscription_name = "x-queue-name";
    dialect.prefetch = "prefetch-count";
    dialect.giving_up = Dialect::GivingUp::nack_without_requeue;
    dialect.message_id = "amqp-message-id";
    dialect.has_ttl = true;
    dialect.counts_seconds = true;
    dialect.meaningful = rabbitmq_meaningful;
    dialect.added = rabbitmq_added;
    return dialect;
}

constexpr Dialect artemis_dialect() {
    Dialect dialect{.name = "artemis", .prefix = "", .form = artemis_form};
    dialect.keeping = Dialect::Keeping::each_pattern;
    dialect.subscription_name = "durable-subscription-name";
    dialect.prefetch = "consumer-window-size";
    dialect.prefetch_unit = 1024;
    dialect.names_routing = true;
    dialect.adds_timestamp = true;
    dialect.repeats_timestamp = true;
    dialect.group = "_AMQ_GROUP_ID";
    dialect.adds_priority = true;
    dialect.tells_text_by_length = true;
    dialect.added = artemis_added;
    return dialect;
}

constexpr Dialect activemq_dialect() {
    Dialect dialect{.name = "activemq", .prefix = "/topic/", .form = activemq_form};
    dialect.keeping = Dialect::Keeping::each_pattern;
    dialect.subscription_name = "activemq.subscriptionName";
    dialect.prefetch = "activemq.prefetchSize";
    dialect.giving_up = Dialect::GivingUp::nack;  // into its dead letter queue
    dialect.adds_timestamp = true;
    dialect.adds_priority = true;
    dialect.hides_group = true;
    dialect.tells_text_by_length = true;
    dialect.added = activemq_added;
    return dialect;
}

constexpr Dialect listener_dialect() {
    Dialect dialect{.name = "client"};
    dialect.shuffles_headers = false;
    dialect.is_trusted = false;
    return dialect;
}

constexpr Dialect generic = {.name = "generic"};
constexpr Dialect qpid = {.name = "qpid"};  // Broker-J has no STOMP of its own; one put in front of it says nothing special
constexpr Dialect rabbitmq = rabbitmq_dialect();
constexpr Dialect artemis = artemis_dialect();
constexpr Dialect activemq = activemq_dialect();
constexpr Dialect client = listener_dialect();
constexpr std::array<const Dialect*, 5> all = {&generic, &qpid, &rabbitmq, &artemis, &activemq};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) noexcept {
    return std::any_of(names.begin(), names.end(), [name](std::string_view known) {
        return known.ends_with('*') ? name.starts_with(known.substr(0, known.size() - 1)) : name == known;
    });
}

}  // namespace

const Dialect& client_dialect() {
    return client;
}

const Dialect* dialect_of(std::string_view name) noexcept {
    const auto found = std::find_if(all.begin(), all.end(), [name](const Dialect* d) { return d->name == name; });
    return found == all.end() ? nullptr : *found;
}

bool is_added(std::string_view name, const Dialect& dialect) noexcept {
    return dialect.is_trusted && (is_one_of(name, frame_headers) || is_one_of(name, dialect.added));
}

bool is_taken(std::string_view name, const Dialect& dialect) noexcept {
    return is_one_of(name, dialect.meaningful) || is_one_of(name, dialect.added);
}

}  // namespace rialto::stomp
