#include "adapters/amqp/adapter.hpp"
#include "adapters/amqp/backend/addressing.hpp"
#include "adapters/amqp/backend/client_settings.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/shared_broker.hpp"
#include "tests/contract/subjects/raw_amqp.hpp"

// RIALTO_BROKER: rabbitmq, artemis (over TLS), activemq or qpid, the real one. It is started once for all cases; each has
// topics and subscriptions of its own.

namespace rialto::contract {
namespace {

constexpr std::string_view dialect = RIALTO_BROKER;
constexpr bool is_rabbitmq = dialect == "rabbitmq";
constexpr bool is_artemis = dialect == "artemis";
constexpr const char* port_name = is_artemis ? "all" : "amqp";
constexpr std::string_view usual_prefix =
    is_rabbitmq ? "/topic/" : is_artemis ? "" : dialect == "activemq" ? "topic://" : "amq.topic/";

SharedBroker& shared_broker() {
    const auto ports = is_artemis ? std::vector<std::string>{"all", "tls"} : std::vector<std::string>{"amqp"};
    // RabbitMQ writes acknowledgements to disk when it finds time, or when it is asked to end.
    constexpr auto stopping = is_rabbitmq ? SharedBroker::Stopping::end_calmly : SharedBroker::Stopping::kill;
    static SharedBroker broker{RealBroker(std::string(dialect), ports, is_artemis), stopping};
    return broker;
}

class Reader final : public RawReader {
public:
    Reader(std::uint16_t port, const amqp::Addressing& addressing, std::string_view pattern) : client_(port), addressing_(addressing) {
        client_.subscribe(addressing_.source_of(TopicFilter::parse(pattern).value()));
    }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        const auto message = client_.next(within);
        if (!message) return std::nullopt;
        // RabbitMQ's subject is the key that it was published with.
        const auto topic = is_rabbitmq ? addressing_.topic_of_key(message->subject) : addressing_.topic_of(message->to);
        return Raw{topic.value(), message->body};
    }

private:
    RawAmqp client_;
    amqp::Addressing addressing_;
};

class AmqpSide final : public SharedBrokerSide {
public:
    AmqpSide() : SharedBrokerSide(shared_broker()) {}

    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = amqp::make_adapter(gateway);
        const std::string scheme = is_artemis ? "amqps" : "amqp";
        const auto port = broker().port(is_artemis ? "tls" : port_name);
        return backend_from(*adapter, shard, name, scheme + "://rialto:bridge@127.0.0.1:" + std::to_string(port),
                            [&](OptionValues& options) {
                                options.set("dialect", std::string(dialect));
                                options.set("container_id", own() + "-" + std::string(name));
                                if (is_artemis) options.set("tls", tls_trusting(broker().certificate().cert));
                                auto topics = std::make_shared<OptionValues>(*options.schema().find("topics")->table);
                                topics->set("prefix", prefix_);
                                options.set("topics", std::shared_ptr<const OptionValues>(std::move(topics)));
                            });
    }
    void publish(const Raw& message) override {
        if (!publisher_) publisher_ = std::make_unique<RawAmqp>(broker().port(port_name));
        // RabbitMQ's addresses take ASCII alone; on a link to the exchange the subject is the routing key.
        publisher_->publish(is_rabbitmq ? "/exchange/amq.topic" : "",
                            {addressing_.address_of(message.topic), is_rabbitmq ? addressing_.key_of(message.topic) : "", message.payload});
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        return std::make_unique<Reader>(broker().port(port_name), addressing_, pattern);
    }
    /// RabbitMQ has one queue for all patterns; elsewhere each has a subscription of its own.
    bool keeps_order_across_topics() const override { return is_rabbitmq; }

    void stop() override {
        publisher_.reset();
        SharedBrokerSide::stop();
    }

private:
    std::string prefix_ = std::string(usual_prefix) + own() + ".";
    amqp::Addressing addressing_{*amqp::dialect_named(dialect), amqp::Node::topic, {prefix_, std::nullopt}};
    std::unique_ptr<RawAmqp> publisher_;
};

}  // namespace

Abilities claimed_abilities() {
    OptionValues options(amqp::backend_schema());
    options.set("dialect", std::string(dialect));
    return amqp::backend_abilities(options);
}
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<AmqpSide>(); }

}  // namespace rialto::contract
