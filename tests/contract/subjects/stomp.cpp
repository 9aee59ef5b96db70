#include "adapters/stomp/adapter.hpp"
#include "adapters/stomp/client/settings.hpp"
#include "core/dotted_topic.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/shared_broker.hpp"
#include "tests/contract/subjects/raw_stomp.hpp"

// RIALTO_BROKER: rabbitmq, artemis (over TLS) or activemq, the real one. It is started once for all cases; each has topics
// and subscriptions of its own.

namespace rialto::contract {
namespace {

constexpr std::string_view dialect = RIALTO_BROKER;
constexpr bool is_rabbitmq = dialect == "rabbitmq";
constexpr bool is_artemis = dialect == "artemis";
constexpr DottedForm form = is_rabbitmq ? rabbitmq_form : is_artemis ? artemis_form : activemq_form;
constexpr const char* port_name = is_artemis ? "all" : "stomp";
constexpr const char* host = is_rabbitmq ? "/" : "localhost";

std::vector<std::string> ports() {
    if (is_artemis) return {"all", "tls"};
    return is_rabbitmq ? std::vector<std::string>{"amqp", "stomp"} : std::vector<std::string>{"stomp"};
}

SharedBroker& shared_broker() {
    // RabbitMQ writes acknowledgements to disk when it finds time, or when it is asked to end.
    constexpr auto stopping = is_rabbitmq ? SharedBroker::Stopping::end_calmly : SharedBroker::Stopping::kill;
    static SharedBroker broker{RealBroker(std::string(dialect), ports(), is_artemis), stopping};
    return broker;
}

/// RabbitMQ writes these two into the destinations of messages.
std::string without_escapes(std::string name) {
    if (!is_rabbitmq) return name;
    for (const auto& [code, text] : {std::pair<std::string, std::string>{"%2F", "/"}, {"%25", "%"}}) {
        for (std::size_t at = 0; (at = name.find(code, at)) != std::string::npos; ++at) name.replace(at, code.size(), text);
    }
    return name;
}

class Reader final : public RawReader {
public:
    Reader(std::uint16_t port, std::string prefix, std::string_view pattern) : client_(port, host), prefix_(std::move(prefix)) {
        RawStomp::Headers headers{{"id", "0"},
                                  {"destination", prefix_ + dotted_pattern(TopicFilter::parse(pattern).value(), form)},
                                  {"ack", "auto"},
                                  {"receipt", "subscribed"}};
        if (is_artemis) headers.push_back({"subscription-type", "MULTICAST"});
        client_.send("SUBSCRIBE", headers);
        client_.expect("RECEIPT");
    }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        const auto frame = client_.next(within);
        if (!frame) return std::nullopt;
        const std::string destination = without_escapes(frame->headers.at("destination"));
        return Raw{topic_of_dotted(destination.substr(prefix_.size()), form).value(), frame->body};
    }

private:
    RawStomp client_;
    std::string prefix_;
};

class StompSide final : public SharedBrokerSide {
public:
    StompSide() : SharedBrokerSide(shared_broker()) {}

    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = stomp::make_adapter(gateway);
        const std::string scheme = is_artemis ? "stomps" : "stomp";
        const auto port = broker().port(is_artemis ? "tls" : port_name);
        return backend_from(*adapter, shard, name, scheme + "://rialto:bridge@127.0.0.1:" + std::to_string(port),
                            [&](OptionValues& options) {
                                options.set("dialect", std::string(dialect));
                                options.set("client_id", own() + "-" + std::string(name));
                                if (is_artemis) options.set("tls", tls_trusting(broker().certificate().cert));
                                auto topics = std::make_shared<OptionValues>(*options.schema().find("topics")->table);
                                topics->set("prefix", prefix_);
                                options.set("topics", std::shared_ptr<const OptionValues>(std::move(topics)));
                            });
    }
    void publish(const Raw& message) override {
        if (!publisher_) publisher_ = std::make_unique<RawStomp>(broker().port(port_name), host);
        RawStomp::Headers headers{{"destination", prefix_ + dotted_name(message.topic, form)},
                                  {"persistent", "true"},
                                  {"receipt", "published"},
                                  {"content-length", std::to_string(message.payload.size())}};
        if (is_artemis) headers.push_back({"destination-type", "MULTICAST"});
        publisher_->send("SEND", headers, message.payload);
        publisher_->expect("RECEIPT");
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        return std::make_unique<Reader>(broker().port(port_name), prefix_, pattern);
    }
    /// RabbitMQ has one queue for all patterns; elsewhere each has a subscription of its own.
    bool keeps_order_across_topics() const override { return is_rabbitmq; }

    void stop() override {
        publisher_.reset();
        SharedBrokerSide::stop();
    }

private:
    std::string prefix_ = (is_artemis ? "" : "/topic/") + own() + ".";
    std::unique_ptr<RawStomp> publisher_;
};

}  // namespace

Abilities claimed_abilities() {
    OptionValues options(stomp::backend_schema());
    options.set("dialect", std::string(dialect));
    return stomp::backend_abilities(options);
}
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<StompSide>(); }

}  // namespace rialto::contract
