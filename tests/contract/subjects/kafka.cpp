#include <librdkafka/rdkafka.h>

#include <array>
#include <set>
#include <stdexcept>
#include <utility>

#include "adapters/kafka/adapter.hpp"
#include "adapters/kafka/backend.hpp"
#include "adapters/kafka/topic_names.hpp"
#include "core/topic.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/shared_broker.hpp"

// One broker for all cases; each case has names of its own there: a prefix of its Kafka topics, and consumer groups.
// RIALTO_ONE_TOPIC: everything in one Kafka topic, with the address as key.

namespace rialto::contract {
namespace {

using namespace std::chrono_literals;

#ifdef RIALTO_ONE_TOPIC
constexpr bool is_one_topic = true;
#else
constexpr bool is_one_topic = false;
#endif

using Client = std::unique_ptr<rd_kafka_t, Calls<rd_kafka_destroy>>;
using Record = std::unique_ptr<rd_kafka_message_t, Calls<rd_kafka_message_destroy>>;
using Properties = std::vector<std::pair<std::string, std::string>>;

Client client_of(rd_kafka_type_t type, const Properties& properties) {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    std::array<char, 256> why{};
    for (const auto& [name, value] : properties) {
        rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size());
    }
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    rd_kafka_t* const client = rd_kafka_new(type, conf, why.data(), why.size());
    if (!client) throw std::runtime_error(why.data());
    return Client(client);
}

SharedBroker& shared_broker() {
    static SharedBroker broker{RealBroker("kafka", {"plain"})};
    return broker;
}

class Reader final : public RawReader {
public:
    Reader(const std::string& brokers, std::string subscription, const kafka::TopicNames& names, std::string_view pattern)
        : client_(client_of(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                {"group.id", "reader-" + subscription},
                                                {"auto.offset.reset", "earliest"},
                                                {"enable.auto.commit", "false"},
                                                {"fetch.wait.max.ms", "20"},
                                                {"topic.metadata.refresh.interval.ms", "50"}})),
          names_(names),
          filter_(TopicFilter::parse(pattern).value()) {
        rd_kafka_poll_set_consumer(client_.get());
        rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, subscription.c_str(), RD_KAFKA_PARTITION_UA);
        rd_kafka_subscribe(client_.get(), list);
        rd_kafka_topic_partition_list_destroy(list);
    }
    ~Reader() override { rd_kafka_consumer_close(client_.get()); }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        while (const Record record{rd_kafka_consumer_poll(client_.get(), static_cast<int>(within.count()))}) {
            if (record->err) continue;  // "unknown topic" until it is made
            Raw found{topic_of(*record), Bytes(static_cast<const char*>(record->payload), record->len)};
            if (filter_.matches(found.topic)) return found;
        }
        return std::nullopt;
    }

private:
    std::string topic_of(const rd_kafka_message_t& record) const {
        if (is_one_topic) return {static_cast<const char*>(record.key), record.key_len};
        return names_.topic_of(rd_kafka_topic_name(record.rkt)).value();
    }

    Client client_;
    const kafka::TopicNames& names_;
    TopicFilter filter_;
};

class KafkaSide final : public SharedBrokerSide {
public:
    KafkaSide() : SharedBrokerSide(shared_broker()) {}

    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = kafka::make_adapter(gateway);
        return backend_from(*adapter, shard, name, "kafka://" + address() + (is_one_topic ? "/" + own() : ""),
                            [&](OptionValues& options) {
                                options.set("group", own() + "-" + std::string(name));
                                options.set("options", TextMap{{"session.timeout.ms", "2500"},
                                                               {"heartbeat.interval.ms", "100"},
                                                               {"reconnect.backoff.max.ms", "200"},
                                                               {"topic.metadata.refresh.interval.ms", "100"}});
                                if (is_one_topic) return;
                                auto topics = std::make_shared<OptionValues>(*options.schema().find("topics")->table);
                                topics->set("prefix", own() + ".");
                                options.set("topics", std::shared_ptr<const OptionValues>(std::move(topics)));
                            });
    }
    void publish(const Raw& message) override {
        if (!publisher_) {
            publisher_ = client_of(RD_KAFKA_PRODUCER, {{"bootstrap.servers", address()},
                                                       {"linger.ms", "0"},
                                                       {"partitioner", "murmur2"},
                                                       {"topic.metadata.refresh.fast.interval.ms", "20"}});
        }
        const std::string topic = is_one_topic ? own() : names_.name_of(message.topic).value();
        const void* const key = is_one_topic ? message.topic.data() : nullptr;
        const auto code = rd_kafka_producev(
            publisher_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(key, key ? message.topic.size() : 0),
            RD_KAFKA_V_VALUE(const_cast<char*>(message.payload.data()), message.payload.size()),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
        if (rd_kafka_flush(publisher_.get(), 20'000) != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error("not published");
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        return std::make_unique<Reader>(address(), is_one_topic ? own() : "^" + own() + "\\..*", names_, pattern);
    }
    int slowness() const override { return 3; }
    /// Kafka has order within a partition, and each address has a Kafka topic of its own.
    bool keeps_order_across_topics() const override { return is_one_topic; }

    void stop() override {
        publisher_.reset();
        SharedBrokerSide::stop();
    }

private:
    std::string address() const { return "127.0.0.1:" + std::to_string(broker().port("plain")); }

    kafka::TopicNames names_{own() + "."};
    Client publisher_;
};

}  // namespace

Abilities claimed_abilities() { return kafka::Backend::all_abilities(); }
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<KafkaSide>(); }

}  // namespace rialto::contract
