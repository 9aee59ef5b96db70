#include "tests/unit/mqtt/client.hpp"

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

constexpr Version v31 = Version::v31;
constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;

}  // namespace

TEST_CASE("every version is welcome on the same port") {
    Broker broker;
    for (const Version version : {v31, v311, v5}) {
        Client client(broker, version);
        CHECK_FALSE(client.connect("c"));
    }
}

TEST_CASE("the first packet has to be CONNECT [MQTT-3.1.0-1]") {
    Broker broker;
    Client client(broker);
    client.send_raw(hex("c0 00"));
    CHECK(client.is_closed());
    CHECK(client.reads().empty());
}

TEST_CASE("a second CONNECT is a protocol error [MQTT-3.1.0-2]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.send_connect("c");
    CHECK(client.read() == "DISCONNECT 82");
    CHECK(client.is_closed());
}

TEST_CASE("a packet that only servers send is a protocol error") {
    Broker broker;
    for (const char* packet : {"20 02 00 00", "90 03 00 01 00", "b0 04 00 01 00 00", "d0 00"}) {
        Client client(broker, v5);
        client.connect();
        client.send_raw(hex(packet));
        CHECK(client.read() == "DISCONNECT 82");
    }
}

TEST_CASE("an unknown protocol level is answered with 0x01 and the end [MQTT-3.1.2-2]") {
    Broker broker;
    Client client(broker);
    client.send_raw(hex("10 0c 0004 4d515454 02 02 003c 0000"));
    CHECK(to_hex(client.wire.out) == "20 02 00 01");
    CHECK(client.is_closed());
}

TEST_CASE("a wrong protocol name with level 5 is answered in the form of 5.0 [MQTT-3.1.2-1]") {
    Broker broker;
    Client client(broker, v5);
    client.send_raw(hex("10 0d 0004 4d515458 05 02 003c 00 0000"));
    CHECK(client.read() == "CONNACK 84");
    CHECK(client.is_closed());
}

TEST_CASE("a client that takes less than its CONNACK is left without one [MQTT-3.1.2-24]") {
    Broker broker;
    Client client(broker, v5);
    PropertyWriter properties;
    properties.number(PropertyId::maximum_packet_size, 15);
    client.send_connect("c", {.properties = properties.view()});
    CHECK(client.reads().empty());
    CHECK(client.is_closed());
}

TEST_CASE("before 5.0 an empty client identifier needs a clean session [MQTT-3.1.3-8]") {
    Broker broker;
    Client kept(broker, v311);
    kept.send_connect("", {.clean_start = false});
    CHECK(to_hex(kept.wire.out) == "20 02 00 02");
    CHECK(kept.is_closed());
    Client clean(broker, v311);
    CHECK_FALSE(clean.connect(""));
}

TEST_CASE("5.0 is told the client identifier that was made for it [MQTT-3.1.3-7]") {
    Broker broker;
    Client client(broker, v5);
    client.send_connect("");
    Connack answer;
    REQUIRE_FALSE(decode(client.read_frame(), v5, answer));
    const auto id = answer.properties.find(PropertyId::assigned_client_identifier);
    REQUIRE(id);
    CHECK(id->text.size() > 10);
}

TEST_CASE("enhanced authentication is refused with 0x8C [MQTT-4.12.0-1]") {
    Broker broker;
    Client client(broker, v5);
    PropertyWriter properties;
    properties.text(PropertyId::authentication_method, "SCRAM-SHA-1");
    client.send_connect("c", {.properties = properties.view()});
    CHECK(client.read() == "CONNACK 8c");
    CHECK(client.is_closed());
}

TEST_CASE("AUTH without an authentication method is a protocol error [MQTT-4.12.0-6]") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.send_raw(hex("f0 00"));
    CHECK(client.read() == "DISCONNECT 82");
}

TEST_CASE("a will at a topic that can't be published to is refused") {
    Broker broker;
    for (const char* topic : {"", "a/#", "+", "$SYS/x"}) {
        Client client(broker, v5);
        client.send_connect("c", {.will = Will{.topic = topic}});
        CHECK(client.read() == "CONNACK 90");
    }
}

TEST_CASE("CONNACK tells what the server allows") {
    Limits limits;
    limits.receive_maximum = 5;
    limits.max_packet_size = 1000;
    limits.topic_alias_maximum = 3;
    limits.max_keep_alive = 30;
    limits.max_session_expiry = 100;
    Broker broker(limits);
    Client client(broker, v5);
    PropertyWriter properties;
    properties.number(PropertyId::session_expiry_interval, 500);
    client.send_connect("c", {.keep_alive = 60, .properties = properties.view()});
    Connack answer;
    REQUIRE_FALSE(decode(client.read_frame(), v5, answer));
    CHECK(answer.properties.number(PropertyId::receive_maximum) == 5U);
    CHECK(answer.properties.number(PropertyId::maximum_packet_size) == 1000U);
    CHECK(answer.properties.number(PropertyId::topic_alias_maximum) == 3U);
    CHECK(answer.properties.number(PropertyId::server_keep_alive) == 30U);
    CHECK(answer.properties.number(PropertyId::session_expiry_interval) == 100U);
}

TEST_CASE("without anonymous access everybody is refused, with the code of the version") {
    Gateway gateway({.name = "g", .allow_anonymous = false});
    Server server(gateway);
    const auto limits = std::make_shared<const Limits>();
    const auto refusal = [&](std::string_view connect) {
        TestWire wire(gateway.shard(0));
        Peer peer(server, limits, wire);
        const Bytes bytes = hex(connect);
        peer.on_bytes(as_bytes(bytes));
        gateway.shard(0).run_ready();
        return to_hex(wire.out).substr(0, 11);
    };
    CHECK(refusal("10 0d 0004 4d515454 04 02 003c 0001 61") == "20 02 00 05");
    CHECK(refusal("10 10 0004 4d515454 04 82 003c 0001 61 0001 75") == "20 02 00 04");
    CHECK(refusal("10 0e 0004 4d515454 05 02 003c 00 0001 61").ends_with("00 87"));
}

TEST_CASE("a client that asks for no reasons still gets a code") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.send_raw(hex("82 02 0001"));
    CHECK(client.read() == "DISCONNECT 81");
}

TEST_CASE("a packet over the maximum is refused with 0x95 before it is there [MQTT-3.1.2-24]") {
    Limits limits;
    limits.max_packet_size = 100;
    Broker broker(limits);
    Client client(broker, v5);
    client.connect();
    client.send_raw(hex("30 80 08"));
    CHECK(client.read() == "DISCONNECT 95");
    CHECK(client.is_closed());
}

TEST_CASE("PINGREQ is answered [MQTT-3.12.4-1]") {
    Broker broker;
    Client client(broker);
    client.connect();
    client.send_raw(hex("c0 00"));
    CHECK(client.read() == "PINGRESP");
}

TEST_CASE("nothing is read after DISCONNECT [MQTT-3.14.4-2]") {
    Broker broker;
    Client client(broker);
    client.connect();
    client.send_raw(hex("e0 00 c0 00"));
    CHECK(client.is_closed());
    CHECK(client.reads().empty());
}

TEST_CASE("when the gateway stops, 5.0 hears 0x8B and 3.1.1 just the end") {
    Broker broker;
    Client modern(broker, v5);
    modern.connect("m");
    modern.session->on_drain();
    CHECK(modern.read() == "DISCONNECT 8b");
    Client old(broker, v311);
    old.connect("o");
    old.session->on_drain();
    CHECK(old.reads().empty());
    CHECK(old.is_closed());
}

TEST_CASE("longest silence is one and a half times keep-alive and does not overflow [MQTT-3.1.2-22]") {
    using namespace std::chrono_literals;
    CHECK_FALSE(longest_silence(0));
    CHECK(longest_silence(1) == 1500ms);
    CHECK(longest_silence(65'535) == 98'302'500ms);
}
