#include "tests/unit/mqtt/client.hpp"

#include <set>
#include <thread>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;
constexpr Qos q0 = Qos::at_most_once;

Publish with(PropertiesView properties, std::string_view topic = "a") {
    return {.topic = topic, .properties = properties, .payload = as_bytes("x")};
}

std::string user_properties(PropertiesView properties) {
    std::string text;
    for (const Property& property : properties) {
        if (property.id == PropertyId::user_property)
            text.append(property.text).append("=").append(property.value) += ' ';
    }
    return text;
}

}  // namespace

TEST_CASE("all properties of a message arrive as they were sent [MQTT-3.3.2-4, -15, -16, -17, -18, -20]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.subscribe("a", q0);
    PropertyWriter sent;
    sent.number(PropertyId::payload_format_indicator, 1)
        .text(PropertyId::content_type, "text/plain")
        .text(PropertyId::response_topic, "r/1")
        .text(PropertyId::correlation_data, std::string_view("\0\xff", 2))
        .pair("b", "1")
        .pair("a", "2")
        .pair("b", "3");
    client.send(with(sent.view()));
    const Publish got = client.read_publish();
    CHECK(as_text(got.properties.encoded()) == as_text(sent.view().encoded()));
}

TEST_CASE("expiry is counted down, and never reaches a receiver as more than was sent [MQTT-3.3.2-6]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.subscribe("a", q0);
    PropertyWriter sent;
    sent.number(PropertyId::message_expiry_interval, 100);
    client.send(with(sent.view()));
    const auto left = client.read_publish().properties.number(PropertyId::message_expiry_interval);
    REQUIRE(left);
    CHECK(*left >= 99);
    CHECK(*left <= 100);
}

TEST_CASE("a message whose time is over is not sent to a client that comes back [MQTT-3.3.2-5]") {
    Broker broker;
    Client first(broker);
    first.connect("c", {.clean_start = false});
    first.subscribe("a");
    first.vanish();
    auto old = std::make_unique<Properties>();
    old->expires_at = wall_now() - std::chrono::seconds(1);
    const Message::Traits traits{.qos = Qos::at_least_once};
    broker.bus().publish(Message::create("a", as_bytes("old"), traits, std::move(old)), Receipt{});
    broker.bus().publish(Message::create("a", as_bytes("new"), traits), Receipt{});
    Client second(broker);
    second.connect("c", {.clean_start = false});
    CHECK(second.read().starts_with("PUBLISH a=new q1"));
}

TEST_CASE("a message of another protocol brings its fields as properties of fixed names") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.subscribe("a", q0);
    auto made = std::make_unique<Properties>();
    made->content_type = "application/json";
    made->correlation_id = std::uint64_t{42};
    made->message_id = std::string("m-1");
    made->priority = 7;
    made->headers.push_back({"n", std::int64_t{5}});
    made->headers.push_back({"t", std::string("x")});
    broker.bus().publish(Message::create("a", as_bytes("{}"), {}, std::move(made)), Receipt{});
    const Publish got = client.read_publish();
    CHECK(got.properties.find(PropertyId::content_type)->text == "application/json");
    CHECK(got.properties.find(PropertyId::correlation_data)->text == "42");
    CHECK(user_properties(got.properties) ==
          "message-id=m-1 priority=7 n=5 t=x rialto-types=correlation-id=u,n=i ");
}

TEST_CASE("what became user properties becomes the same fields again") {
    Properties made;
    made.body_kind = BodyKind::text;
    made.content_type = "text/plain";
    made.content_encoding = "gzip";
    made.message_id = Uuid{{1, 2, 3}};
    made.correlation_id = Binary{"clean text"};
    made.reply_to = "r/1";
    made.priority = 3;
    made.timestamp = WallTime(std::chrono::milliseconds(1'700'000'000'123));
    made.headers = {{"b", true},
                    {"d", 0.1},
                    {"b", std::string("text")},
                    {"raw", Binary{Bytes("\0\x01", 2)}},
                    {"when", WallTime(std::chrono::milliseconds(5))},
                    {"j", Json{"[1]"}},
                    {"none", Value{}}};
    made.key = Bytes("\xff\x00", 2);
    made.traceparent = "00-1-2-01";
    made.via = {"g/one", "g/two"};
    const auto message = Message::create("a", {}, {}, std::make_unique<Properties>(made));
    const auto back = to_properties(PropertiesView(as_bytes(encoded_properties(*message))), wall_now());
    REQUIRE(back);
    CHECK(*back == made);
}

TEST_CASE("subscription identifiers of all matching subscriptions come along [MQTT-3.3.4-3]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.subscribe("a/b", q0, {}, 7);
    client.subscribe("a/#", q0, {}, 456'789);
    client.publish("a/b", "x");
    std::set<std::uint32_t> identifiers;
    for (const Property& property : client.read_publish().properties) identifiers.insert(property.number);
    CHECK(identifiers == std::set<std::uint32_t>{7, 456'789});
}

TEST_CASE("a client can't send a subscription identifier [MQTT-3.3.4-6]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    PropertyWriter sent;
    sent.number(PropertyId::subscription_identifier, 1);
    client.send(with(sent.view()));
    CHECK(client.read() == "DISCONNECT 82");
}

TEST_CASE("a response topic has no wildcard [MQTT-3.3.2-14]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    PropertyWriter sent;
    sent.text(PropertyId::response_topic, "r/#");
    client.send(with(sent.view()));
    CHECK(client.read() == "DISCONNECT 82");
}

TEST_CASE("a client may abbreviate topics up to the maximum [MQTT-3.3.2-8] [MQTT-3.3.2-9]") {
    Limits limits;
    limits.topic_alias_maximum = 2;
    Broker broker(limits);
    PropertyWriter two;
    two.number(PropertyId::topic_alias, 2);
    Client client(broker, v5);
    client.connect();
    client.subscribe("#", q0);
    client.send(with(two.view(), "long/topic"));
    client.send(with(two.view(), ""));
    client.send(with(two.view(), "other"));
    client.send(with(two.view(), ""));
    CHECK(client.reads() ==
          Reads{"PUBLISH long/topic=x", "PUBLISH long/topic=x", "PUBLISH other=x", "PUBLISH other=x"});
    for (const std::uint32_t wrong : {0U, 3U}) {
        Client other(broker, v5);
        other.connect("o");
        PropertyWriter alias;
        alias.number(PropertyId::topic_alias, wrong);
        other.send(with(alias.view(), "a"));
        CHECK(other.read() == "DISCONNECT 94");
    }
    Client third(broker, v5);
    third.connect("t");
    third.send(with(two.view(), ""));
    CHECK(third.read() == "DISCONNECT 82");
}

TEST_CASE(
    "topics are abbreviated to a client that takes aliases, from the second message on [MQTT-3.1.2-26]") {
    Broker broker;
    Client client(broker, v5);
    PropertyWriter connect;
    connect.number(PropertyId::topic_alias_maximum, 1);
    client.connect("c", {.properties = connect.view()});
    client.subscribe("#", q0);
    for (const char* topic : {"long/topic", "long/topic", "other/topic", "long/topic"})
        client.publish(topic, "x");
    std::vector<std::string> topics;
    for (int i = 0; i < 4; ++i) {
        const Publish got = client.read_publish();
        CHECK(got.properties.number(PropertyId::topic_alias) == 1U);
        topics.emplace_back(got.topic);
    }
    CHECK(topics == std::vector<std::string>{"long/topic", "", "other/topic", "long/topic"});
}

TEST_CASE(
    "a packet larger than the client takes is not sent, and counts as done [MQTT-3.1.2-24] [MQTT-3.1.2-25]") {
    Broker broker;
    Client client(broker, v5);
    PropertyWriter connect;
    connect.number(PropertyId::maximum_packet_size, 30);
    client.connect("c", {.properties = connect.view()});
    client.subscribe("a");
    client.publish("a", std::string(40, 'x'), Qos::at_least_once, 1);
    CHECK(client.read() == "PUBACK #1");
    client.publish("a", "small", Qos::at_least_once, 2);
    CHECK(client.reads() == Reads{"PUBLISH a=small q1 #1", "PUBACK #2"});
}

TEST_CASE("3.1.1 receivers get the same message without its properties") {
    Broker broker;
    Client modern(broker, v5);
    modern.connect("m");
    Client old(broker, v311);
    old.connect("o");
    old.subscribe("a", q0);
    PropertyWriter sent;
    sent.pair("k", "v");
    modern.send(with(sent.view()));
    CHECK(old.read() == "PUBLISH a=x");
}
