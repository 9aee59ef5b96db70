#include "tests/unit/mqtt/client.hpp"

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

constexpr Version v5 = Version::v5;
constexpr Qos q0 = Qos::at_most_once;
constexpr Qos q1 = Qos::at_least_once;

void retain(Broker& broker, std::string_view topic, std::string_view payload) {
    broker.bus().publish(Message::create(topic, as_bytes(payload), {.qos = q1, .retain = true}), Receipt{});
}

}  // namespace

TEST_CASE("SUBACK grants each filter its QoS, in order [MQTT-3.8.4-5] [MQTT-3.8.4-6]") {
    Broker broker;
    Client client(broker);
    client.connect();
    client.send_raw(hex("82 12 0009 0001 61 00 0001 62 01 0001 63 02 0001 2b 01"));
    CHECK(client.read() == "SUBACK #9 00 01 02 01");
}

TEST_CASE("a filter that is none is refused alone") {
    Broker broker;
    Client modern(broker, v5);
    modern.connect("m");
    for (const char* filter : {"a#", "#/a", "a+", "", "$share/g", "$share//a"}) {
        CHECK(modern.subscribe(filter) == ReasonCode::topic_filter_invalid);
    }
}

TEST_CASE(
    "the reason string says what is wrong with a filter, to a client that wants to know [MQTT-3.1.2-29]") {
    Broker broker;
    for (const bool wants : {true, false}) {
        Client client(broker, v5);
        PropertyWriter properties;
        properties.number(PropertyId::request_problem_information, wants ? 1 : 0);
        client.connect("c", {.properties = properties.view()});
        client.send_raw(hex("82 08 0001 00 0002 6123 00"));
        SubscriptionAck answer;
        REQUIRE_FALSE(decode(client.read_frame(), v5, answer));
        CHECK(answer.properties.find(PropertyId::reason_string).has_value() == wants);
    }
}

TEST_CASE("before 5.0 a filter that is none ends the connection [MQTT-4.8.0-1]") {
    Broker broker;
    Client client(broker);
    client.connect();
    client.send_raw(hex("82 07 0001 0002 6123 00"));
    CHECK(client.reads().empty());
    CHECK(client.is_closed());
}

TEST_CASE("subscribing again replaces the subscription [MQTT-3.8.4-3]") {
    Broker broker;
    Client client(broker);
    client.connect();
    client.subscribe("a", q1);
    client.subscribe("a", q0);
    client.publish("a", "x", q1, 1);
    CHECK(client.reads() == Reads{"PUBLISH a=x", "PUBACK #1"});
}

TEST_CASE("overlapping subscriptions give one message at the highest QoS [MQTT-3.3.4-2]") {
    Broker broker;
    Client client(broker);
    client.connect();
    client.subscribe("a/#", q0);
    client.subscribe("a/+", q1);
    client.publish("a/b", "x", q1, 1);
    CHECK(client.reads() == Reads{"PUBLISH a/b=x q1 #1", "PUBACK #1"});
}

TEST_CASE("retained messages follow SUBACK, with the flag set [MQTT-3.3.1-8]") {
    Broker broker;
    retain(broker, "a/b", "kept");
    Client client(broker);
    client.connect();
    client.send_raw(hex("82 08 0001 0003 612f23 01"));
    CHECK(client.reads() == Reads{"SUBACK #1 01", "PUBLISH a/b=kept q1 #1 retained"});
    retain(broker, "a/b", "live");
    CHECK(client.read() == "PUBLISH a/b=live q1 #2");
}

TEST_CASE("Retain Handling decides who gets what is retained [MQTT-3.3.1-9..11]") {
    Broker broker;
    retain(broker, "a", "kept");
    Client client(broker, v5);
    client.connect();
    client.subscribe("a", q0, {.retain_handling = RetainHandling::do_not_send});
    CHECK(client.reads().empty());
    client.subscribe("a", q0, {.retain_handling = RetainHandling::send_if_new});
    CHECK(client.reads().empty());
    client.subscribe("a", q0, {.retain_handling = RetainHandling::send});
    CHECK(client.read() == "PUBLISH a=kept retained");
    client.subscribe("+", q0, {.retain_handling = RetainHandling::send_if_new});
    CHECK(client.read() == "PUBLISH a=kept retained");
}

TEST_CASE("Retain As Published keeps the flag of live messages [MQTT-3.3.1-13]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.subscribe("a", q0, {.retain_as_published = true});
    retain(broker, "a", "x");
    CHECK(client.read() == "PUBLISH a=x retained");
}

TEST_CASE("No Local keeps a client's own messages from it [MQTT-3.8.3-3]") {
    Broker broker;
    Client client(broker, v5);
    client.connect("c");
    client.subscribe("a", q0, {.no_local = true});
    Client other(broker, v5);
    other.connect("o");
    client.publish("a", "own");
    other.publish("a", "other");
    CHECK(client.read() == "PUBLISH a=other");
}

TEST_CASE("No Local on a shared subscription is a protocol error [MQTT-3.8.3-4]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.send_raw(hex("82 10 0001 00 000a 2473686172652f672f61 04"));
    CHECK(client.read() == "DISCONNECT 82");
}

TEST_CASE("a bridge before 5.0 is spared its own messages and told what is retained") {
    Broker broker;
    Client bridge(broker);
    bridge.connect("b", {.is_bridge = true});
    bridge.subscribe("a", q0);
    bridge.publish("a", "own");
    retain(broker, "a", "x");
    CHECK(bridge.read() == "PUBLISH a=x retained");
}

TEST_CASE("each message of a shared subscription goes to one member [MQTT-4.8.2]") {
    Broker broker;
    Client one(broker, v5);
    one.connect("1");
    one.subscribe("$share/g/a", q1);
    Client two(broker, v5);
    two.connect("2");
    two.subscribe("$share/g/a", q1);
    Client publisher(broker, v5);
    publisher.connect("p");
    for (PacketId id = 1; id <= 10; ++id) publisher.publish("a", "x", q1, id);
    const auto first = one.reads().size();
    const auto second = two.reads().size();
    CHECK(first + second == 10);
    CHECK(first == 5);
}

TEST_CASE("what a member of a shared group did not acknowledge goes to another when its session ends") {
    Broker broker;
    Client one(broker, v5);
    one.connect("1");
    one.subscribe("$share/g/a", q1);
    Client publisher(broker, v5);
    publisher.connect("p");
    publisher.publish("a", "x", q1, 1);
    CHECK(one.reads().size() == 1);
    Client two(broker, v5);
    two.connect("2");
    two.subscribe("$share/g/a", q1);
    one.vanish();
    CHECK(two.read() == "PUBLISH a=x q1 #1");
}

TEST_CASE("UNSUBACK tells which subscription there was [MQTT-3.11.3-2]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.subscribe("a");
    client.send_raw(hex("a2 09 0007 00 0001 61 0001 62"));
    CHECK(client.read() == "UNSUBACK #7 00 11");
    client.publish("a", "x");
    CHECK(client.reads().empty());
}

TEST_CASE("a client has no more subscriptions than the limit") {
    Limits limits;
    limits.max_subscriptions = 2;
    Broker broker(limits);
    Client client(broker, v5);
    client.connect();
    client.subscribe("a");
    client.subscribe("b");
    CHECK(client.subscribe("c") == ReasonCode::quota_exceeded);
    CHECK(client.subscribe("a") == ReasonCode::granted_qos_2);
}

TEST_CASE("a filter that the listener refuses is refused") {
    Limits limits;
    limits.refused_subscriptions.push_back(filter("internal/#"));
    Broker broker(limits);
    Client client(broker, v5);
    client.connect();
    CHECK(client.subscribe("internal/x") == ReasonCode::unspecified_error);
    CHECK(client.subscribe("x") == ReasonCode::granted_qos_2);
}
