#include "tests/unit/mqtt_backend/scripted_broker.hpp"

using namespace rialto;
using namespace rialto::mqtt::test;
using namespace std::chrono_literals;
using mqtt::PacketType;
using mqtt::PropertyId;
using mqtt::ReasonCode;

namespace {

struct OpenSink : Stand {
    void open() { REQUIRE(open_sink().has_value()); }
    bool has_settled(std::size_t count) {
        return until([&] { return settled->all.size() >= count; });
    }
    /// The connection breaks, and is made again with the session or without it.
    void reconnect(bool session_present) {
        broker.hang_up();
        REQUIRE(until([&] { return !writing.losses.empty(); }));
        writing.losses.clear();
        broker.packets.clear();
        broker.connack.session_present = session_present;
        open();
    }
};

}  // namespace

TEST_CASE_FIXTURE(OpenSink, "PUBACK settles its message, whatever the order") {
    open();
    for (const char* topic : {"a", "b", "c"}) send(topic);
    REQUIRE(has(3, "PUBLISH"));
    CHECK(broker.packets_of("PUBLISH") == Texts{"PUBLISH 1 q1 a=x", "PUBLISH 2 q1 b=x", "PUBLISH 3 q1 c=x"});
    broker.ack(PacketType::puback, 2);
    broker.ack(PacketType::puback, 1, ReasonCode::no_matching_subscribers);
    broker.ack(PacketType::puback, 3, ReasonCode::quota_exceeded);
    REQUIRE(has_settled(3));
    using Pair = std::pair<std::uint64_t, Outcome>;
    CHECK(settled->all == std::vector<Pair>{{1, Outcome::accepted}, {0, Outcome::accepted}, {2, Outcome::rejected}});
}

TEST_CASE_FIXTURE(OpenSink, "no more is unacknowledged than the broker takes [MQTT-3.3.4-7]") {
    broker.connack_properties.number(PropertyId::receive_maximum, 2);
    open();
    CHECK(sink->window() == 2);
    for (int i = 0; i < 5; ++i) send("a", std::to_string(i));
    REQUIRE(has(2, "PUBLISH"));
    settle_down();
    CHECK(broker.count("PUBLISH") == 2);
    broker.ack(PacketType::puback, 1);
    REQUIRE(has(3, "PUBLISH"));
    settle_down();
    CHECK(broker.packets_of("PUBLISH").back() == "PUBLISH 3 q1 a=2");
    CHECK(broker.count("PUBLISH") == 3);
}

TEST_CASE_FIXTURE(OpenSink, "a message larger than the broker takes is refused here") {
    broker.connack_properties.number(PropertyId::maximum_packet_size, 50);
    open();
    send("a", std::string(100, 'x'));
    send("a", "small");
    REQUIRE(has_settled(1));
    CHECK(outcomes() == std::vector{Outcome::rejected});
    REQUIRE(has(1, "PUBLISH"));
    CHECK(broker.packets.back() == "PUBLISH 1 q1 a=small");
}

TEST_CASE_FIXTURE(OpenSink, "the lowest QoS of message, option and broker is used [MQTT-3.2.2-11]") {
    broker.connack_properties.number(PropertyId::maximum_qos, 1);
    settings.qos = Qos::exactly_once;
    open();
    send("a");
    send("b", "x", {Qos::at_most_once});
    REQUIRE(has(2, "PUBLISH"));
    CHECK(broker.packets_of("PUBLISH") == Texts{"PUBLISH 1 q1 a=x", "PUBLISH q0 b=x"});
    CHECK(outcomes() == std::vector{Outcome::accepted});
}

TEST_CASE_FIXTURE(OpenSink, "a broker without last values gets no retain flag, and that is counted [MQTT-3.2.2-14]") {
    broker.connack_properties.number(PropertyId::retain_available, 0);
    open();
    send("a", "x", {Qos::at_least_once, true});
    REQUIRE(has(1, "PUBLISH"));
    CHECK(broker.packets.back() == "PUBLISH 1 q1 a=x");
    CHECK(gateway.metrics().total("rialto_mqtt_backend_lost_retain_total") == 1);
}

TEST_CASE_FIXTURE(OpenSink, "a topic is abbreviated where the broker takes aliases") {
    broker.connack_properties.number(PropertyId::topic_alias_maximum, 1);
    open();
    send("long/topic", "1");
    send("long/topic", "2");
    REQUIRE(has(2, "PUBLISH"));
    CHECK(broker.packets_of("PUBLISH") == Texts{"PUBLISH 1 q1 @1 long/topic=1", "PUBLISH 2 q1 @1 =2"});
}

TEST_CASE_FIXTURE(OpenSink, "a topic over which brokers end the connection is refused here") {
    open();
    send("a\nb");
    REQUIRE(has_settled(1));
    CHECK(outcomes() == std::vector{Outcome::rejected});
    settle_down();
    CHECK(broker.count("PUBLISH") == 0);
}

TEST_CASE_FIXTURE(OpenSink, "a message whose time is over is not sent") {
    open();
    auto properties = std::make_unique<Properties>();
    properties->expires_at = wall_now() - 1s;
    send("a", "x", {Qos::at_least_once}, std::move(properties));
    REQUIRE(has_settled(1));
    settle_down();
    CHECK(broker.count("PUBLISH") == 0);
    CHECK(gateway.metrics().total("rialto_mqtt_backend_expired_total") == 1);
}

TEST_CASE_FIXTURE(OpenSink, "a loss releases what was sent and what waited, in order, before it is told") {
    broker.connack_properties.number(PropertyId::receive_maximum, 2);
    open();
    for (int i = 0; i < 4; ++i) send("a");
    broker.hang_up();
    REQUIRE(until([&] { return writing.losses.size() == 1; }));
    CHECK(outcomes() == std::vector(4, Outcome::released));
    for (std::uint64_t token = 0; token < 4; ++token) CHECK(settled->all[token].first == token);
}

TEST_CASE_FIXTURE(OpenSink, "QoS 2 settles with PUBREC, and the exchange is finished") {
    settings.qos = Qos::exactly_once;
    open();
    send("a");
    REQUIRE(has(1, "PUBLISH"));
    CHECK(broker.packets.back() == "PUBLISH 1 q2 a=x");
    broker.ack(PacketType::pubrec, 1);
    REQUIRE(has(1, "PUBREL"));
    CHECK(outcomes() == std::vector{Outcome::accepted});
    broker.ack(PacketType::pubcomp, 1);
    settle_down();
    CHECK(writing.losses.empty());
}

TEST_CASE_FIXTURE(OpenSink, "PUBREC with a failure refuses, and ends the exchange [MQTT-4.3.3-4]") {
    settings.qos = Qos::exactly_once;
    open();
    send("a");
    REQUIRE(has(1, "PUBLISH"));
    broker.ack(PacketType::pubrec, 1, ReasonCode::not_authorized);
    REQUIRE(has_settled(1));
    CHECK(outcomes() == std::vector{Outcome::rejected});
    settle_down();
    CHECK(broker.count("PUBREL") == 0);
}

TEST_CASE_FIXTURE(OpenSink, "an unfinished QoS 2 exchange goes on with PUBREL in the session that was kept [MQTT-4.4.0-1]") {
    settings.qos = Qos::exactly_once;
    open();
    send("a");
    REQUIRE(has(1, "PUBLISH"));
    broker.ack(PacketType::pubrec, 1);
    REQUIRE(has(1, "PUBREL"));
    reconnect(true);
    REQUIRE(has(1, "PUBREL"));
    CHECK(broker.packets.back() == "PUBREL 1");
}

TEST_CASE_FIXTURE(OpenSink, "a QoS 2 message of unknown fate is repeated under its identifier, so that it is delivered once") {
    settings.qos = Qos::exactly_once;
    open();
    const MessagePtr first = send("a", "1");
    const MessagePtr second = send("a", "2");
    REQUIRE(has(2, "PUBLISH"));
    reconnect(true);
    send(first);
    send(second);
    send("a", "3");
    REQUIRE(has(3, "PUBLISH"));
    CHECK(broker.packets_of("PUBLISH") ==
          Texts{"PUBLISH 1 q2 dup a=1", "PUBLISH 2 q2 dup a=2", "PUBLISH 3 q2 a=3"});
}

TEST_CASE_FIXTURE(OpenSink, "a QoS 2 message that nobody repeats gives its identifier back") {
    settings.qos = Qos::exactly_once;
    open();
    send("a", "1");
    REQUIRE(has(1, "PUBLISH"));
    reconnect(true);
    send("a", "another");
    REQUIRE(has(1, "PUBLISH"));
    CHECK(broker.packets_of("PUBREL") == Texts{"PUBREL 1"});
    CHECK(broker.packets_of("PUBLISH") == Texts{"PUBLISH 2 q2 a=another"});
}

TEST_CASE_FIXTURE(OpenSink, "a broker that forgot the session is told nothing of old exchanges") {
    settings.qos = Qos::exactly_once;
    open();
    const MessagePtr first = send("a", "1");
    REQUIRE(has(1, "PUBLISH"));
    reconnect(false);
    send(first);
    REQUIRE(has(1, "PUBLISH"));
    CHECK(broker.packets_of("PUBLISH") == Texts{"PUBLISH 1 q2 a=1"});
}

TEST_CASE_FIXTURE(OpenSink, "an acknowledgement of the other QoS, or of nothing, is answered as the standard says") {
    open();
    send("a");
    REQUIRE(has(1, "PUBLISH"));
    broker.ack(PacketType::puback, 77);
    broker.ack(PacketType::pubrec, 78);
    REQUIRE(has(1, "PUBREL"));
    CHECK(broker.packets.back() == "PUBREL 78 Packet Identifier not found");
    broker.ack(PacketType::pubrec, 1);
    REQUIRE(until([&] { return writing.losses.size() == 1; }));
    CHECK(writing.losses[0].code == Errc::protocol);
}
