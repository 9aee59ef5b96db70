#include "adapters/amqp/backend/message_form.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace rialto;
using namespace rialto::amqp;

namespace {

Addressing at(Dialect dialect) { return {dialect, Node::topic, {}}; }

/// There and back again, as if the broker had brought what was sent.
MessagePtr crossed(const Message& message, Dialect dialect) {
    const Addressing addressing = at(dialect);
    const Encoded encoded = encode_for(message, addressing.address_of(message.topic()), addressing, {});
    const Bytes octets = encoded.head + std::string(encoded.payload);
    Result<Decoded> decoded = decode(octets, wall_now());
    REQUIRE(decoded.has_value());
    const Result<std::string> topic = topic_of(*decoded, addressing);
    REQUIRE(topic.has_value());
    adapt_properties(*decoded, *topic, addressing);
    return decoded->to_message(*topic, false);
}

MessagePtr with_headers(std::string_view topic, std::vector<Header> headers, std::string reply_to = {}) {
    auto properties = std::make_unique<Properties>();
    properties->headers = std::move(headers);
    properties->reply_to = std::move(reply_to);
    return Message::create(topic, as_bytes("x"), {Qos::at_least_once}, std::move(properties));
}

Decoded heard(std::string_view to, std::string_view subject) {
    Decoded decoded;
    decoded.to = to;
    decoded.subject = subject;
    return decoded;
}

}  // namespace

TEST_CASE("topic, payload and properties come back from every dialect") {
    for (const Dialect dialect : {Dialect::generic, Dialect::rabbitmq, Dialect::artemis, Dialect::activemq, Dialect::qpid}) {
        const auto sent = with_headers("a/b.c//d", {{"k", std::string("v")}, {"n", std::int64_t{7}}}, "replies/7");
        const auto arrived = crossed(*sent, dialect);
        CHECK(arrived->topic() == sent->topic());
        CHECK(as_text(arrived->payload()) == "x");
        CHECK(arrived->properties() == sent->properties());
    }
}

TEST_CASE("a message without properties has none after RabbitMQ's subject was read") {
    const auto arrived = crossed(*Message::create("a/b", as_bytes("x"), {Qos::at_least_once}), Dialect::rabbitmq);
    CHECK_FALSE(arrived->has_properties());
}

TEST_CASE("a subject of the user's survives RabbitMQ, whose subject is the routing key") {
    const auto sent = with_headers("a/b", {{"amqp-subject", std::string("greeting")}, {"k", std::string("v")}});
    CHECK(crossed(*sent, Dialect::rabbitmq)->properties().headers == sent->properties().headers);
    CHECK(crossed(*sent, Dialect::artemis)->properties().headers == sent->properties().headers);
}

TEST_CASE("header values that JMS has no type for keep it across ActiveMQ, and all keep their order") {
    const auto sent = with_headers("a/b", {{"uuid", Uuid{{1, 2, 3}}},
                                           {"b", std::string("text")},
                                           {"time", WallTime(std::chrono::milliseconds(5))},
                                           {"bytes", Binary{Bytes("\0\xFF", 2)}},
                                           {"big", std::uint64_t{18446744073709551615U}},
                                           {"b", std::int64_t{7}},
                                           {"null", std::monostate()}});
    CHECK(crossed(*sent, Dialect::activemq)->properties().headers == sent->properties().headers);
}

TEST_CASE("what ActiveMQ adds of its own is left out") {
    auto properties = std::make_unique<Properties>();
    properties->message_id = std::string("ID:vm-41089-5:9:0:0:1");
    properties->headers = {{"x-opt-jms-dest", std::int64_t{1}}};
    const auto sent = Message::create("a/b", as_bytes("x"), {Qos::at_least_once}, std::move(properties));
    CHECK_FALSE(crossed(*sent, Dialect::activemq)->has_properties());
}

TEST_CASE("a topic that is too long for a key travels beside it") {
    const auto sent = with_headers("a/" + std::string(400, 'x'), {{"k", std::string("v")}});
    for (const Dialect dialect : {Dialect::rabbitmq, Dialect::qpid}) {
        const auto arrived = crossed(*sent, dialect);
        CHECK(arrived->topic() == sent->topic());
        CHECK(arrived->properties().headers == sent->properties().headers);
    }
}

TEST_CASE("at RabbitMQ the subject tells the topic where nothing else does") {
    CHECK(topic_of(heard("", "a.b"), at(Dialect::rabbitmq)).value() == "a/b");
    CHECK(topic_of(heard("/topic/a.b", "greeting"), at(Dialect::rabbitmq)).value() == "a/b");
    CHECK(topic_of(heard("", "greeting"), at(Dialect::artemis)).has_error());
    CHECK(topic_of(heard("", ""), at(Dialect::rabbitmq)).has_error());
}

TEST_CASE("nobody but RabbitMQ's guest logs in without a name") {
    ClientSettings settings;
    settings.mechanisms = "ANONYMOUS";
    CHECK(queue_login_of(settings).user == "guest");
    CHECK(queue_login_of(settings).virtual_host == "/");
    settings.mechanisms = "EXTERNAL";
    CHECK(queue_login_of(settings).mechanism == "EXTERNAL");
    settings = {.virtual_host = "plant", .mechanisms = "PLAIN", .user = "u", .password = "p"};
    CHECK(queue_login_of(settings).virtual_host == "plant");
    CHECK(queue_login_of(settings).password == "p");
}
