#include "adapters/amqp/backend/addressing.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

using namespace rialto;
using namespace rialto::amqp;

namespace {

constexpr std::array every_dialect{Dialect::generic, Dialect::rabbitmq, Dialect::artemis, Dialect::activemq, Dialect::qpid};

Addressing topics(Dialect dialect, std::optional<std::string> prefix = {}, std::optional<char> separator = {}) {
    return {dialect, Node::topic, {std::move(prefix), separator}};
}
Addressing queues(Dialect dialect) { return {dialect, Node::queue, {}}; }
TopicFilter filter(const char* text) { return TopicFilter::parse(text).value(); }

}  // namespace

TEST_CASE("each dialect writes a topic in its own way") {
    CHECK(topics(Dialect::rabbitmq).address_of("a/b.c/\xC3\xBC") == "/topic/a.b%2Ec.\xC3\xBC");
    CHECK(topics(Dialect::artemis).address_of("a/b.c") == "a.b%2Ec");
    CHECK(topics(Dialect::activemq).address_of("a/b>/c") == "topic://a.b%3E.c");
    CHECK(topics(Dialect::qpid).address_of("a//c") == "amq.topic/a.%00.c");
    CHECK(topics(Dialect::generic).address_of("a/b.c") == "a/b.c");
}

TEST_CASE("each dialect writes a pattern in its own way") {
    CHECK(topics(Dialect::rabbitmq).source_of(filter("a/+/#")) == "/topic/a.*.#");
    CHECK(topics(Dialect::rabbitmq).binding_of(filter("a/+/#")) == "a.*.#");
    CHECK(topics(Dialect::artemis).source_of(filter("a/+/#")) == "a.*.#");
    CHECK(topics(Dialect::activemq).source_of(filter("a/+/#")) == "topic://a.*.>");
    CHECK(topics(Dialect::qpid).source_of(filter("a/+/#")) == "amq.topic/a.*.#");
    CHECK(topics(Dialect::generic).source_of(filter("a/+/#")) == "a/+/#");
}

TEST_CASE("each dialect names a queue in its own way") {
    CHECK(queues(Dialect::rabbitmq).address_of("orders/eu") == "/queue/orders.eu");
    CHECK(queues(Dialect::artemis).address_of("orders") == "orders");
    CHECK(queues(Dialect::activemq).address_of("orders") == "queue://orders");
    CHECK(queues(Dialect::qpid).address_of("orders") == "orders");
    CHECK(queues(Dialect::generic).address_of("orders/eu") == "orders/eu");
}

TEST_CASE("an address of ours is the topic again, whatever is in it") {
    std::mt19937 random(7);  // NOLINT: the same in every run
    const std::string_view characters = "ab./#*+>:,?%&~ \\-_\xC3\xBC";
    for (int round = 0; round < 5000; ++round) {
        std::string topic;
        for (auto left = random() % 12 + 1; left > 0; --left) {
            const auto at = random() % (characters.size() - 1);
            if (at == characters.size() - 2) topic += "\xC3\xBC";
            else if (characters[at] != '#' && characters[at] != '+') topic += characters[at];
            else topic += '/';
        }
        for (const Dialect dialect : every_dialect) {
            const Addressing addressing = topics(dialect);
            CAPTURE(topic);
            CAPTURE(addressing.address_of(topic));
            REQUIRE(addressing.topic_of(addressing.address_of(topic)).value() == topic);
        }
    }
}

TEST_CASE("addresses that other producers write are read too") {
    CHECK(topics(Dialect::rabbitmq).topic_of("/exchange/amq.topic/a.b").value() == "a/b");
    CHECK(topics(Dialect::rabbitmq).topic_of("/exchanges/amq.topic/a.b").value() == "a/b");
    CHECK(topics(Dialect::rabbitmq).topic_of_key("a.b").value() == "a/b");
    CHECK(topics(Dialect::artemis).topic_of("topic://a.b").value() == "a/b");
    CHECK(topics(Dialect::activemq).topic_of("a.b").value() == "a/b");
    CHECK(topics(Dialect::qpid).topic_of("amq.topic/a.b").value() == "a/b");
    CHECK(topics(Dialect::artemis).topic_of("").has_error());
    CHECK(topics(Dialect::generic).topic_of("a/+").has_error());
}

TEST_CASE("another prefix and another separator replace the dialect's own") {
    const Addressing own = topics(Dialect::artemis, "plant:", '/');
    CHECK(own.address_of("a/b.c") == "plant:a/b.c");
    CHECK(own.topic_of("plant:a/b").value() == "a/b");
}

TEST_CASE("RabbitMQ's prefix names the exchange, and may go on with the beginning of the key") {
    const Addressing own = topics(Dialect::rabbitmq, "/exchange/plant%2F7/site.");
    CHECK(own.exchange().value() == "plant/7");
    CHECK(own.address_of("a/b") == "/exchange/plant%2F7/site.a.b");
    CHECK(own.key_of("a/b") == "site.a.b");
    CHECK(own.binding_of(filter("#")) == "site.#");
    CHECK(own.topic_of_key("site.a.b").value() == "a/b");
    CHECK(own.topic_of_key("elsewhere.a").has_error());
    CHECK(topics(Dialect::rabbitmq).exchange().value() == "amq.topic");
    CHECK(topics(Dialect::rabbitmq, "plant.").exchange().has_error());
}

TEST_CASE("a key that would be too long for RabbitMQ is shortened, its prefix counted") {
    const Addressing own = topics(Dialect::rabbitmq, "/topic/site.");
    const std::string topic = "a/" + std::string(300, 'x');
    CHECK(own.is_shortened(topic));
    CHECK(own.key_of(topic).size() <= 255);
    CHECK_FALSE(own.is_shortened("a/b"));
}

TEST_CASE("a broker is known by what it calls itself") {
    CHECK(dialect_of_product("RabbitMQ") == Dialect::rabbitmq);
    CHECK(dialect_of_product("apache-activemq-artemis") == Dialect::artemis);
    CHECK(dialect_of_product("ActiveMQ") == Dialect::activemq);
    CHECK(dialect_of_product("Apache Qpid Broker-J Core") == Dialect::qpid);
    CHECK(dialect_of_product("") == Dialect::generic);
    for (const Dialect dialect : every_dialect) CHECK(dialect_named(name_of(dialect)) == dialect);
    CHECK_FALSE(dialect_named("auto").has_value());
}
