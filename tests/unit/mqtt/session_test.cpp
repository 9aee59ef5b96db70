#include "tests/unit/mqtt/client.hpp"

#include <thread>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;
constexpr Qos q0 = Qos::at_most_once;
constexpr Qos q1 = Qos::at_least_once;
constexpr Qos q2 = Qos::exactly_once;
const Connect kept{.clean_start = false};

std::uint64_t dropped(Broker& broker) {
    return broker.gateway.metrics().total("rialto_messages_dropped_total");
}

}  // namespace

TEST_CASE("a kept session has its subscriptions and its messages when the client is back [MQTT-3.1.2-5]") {
    Broker broker;
    Client first(broker);
    CHECK_FALSE(first.connect("c", kept));
    first.subscribe("a", q1);
    first.disconnect();
    Client other(broker);
    other.connect("o");
    other.publish("a", "1", q1, 1);
    other.publish("a", "not kept", q0);
    other.publish("a", "2", q2, 2);
    Client second(broker);
    CHECK(second.connect("c", kept));
    CHECK(second.reads() == Reads{"PUBLISH a=1 q1 #1", "PUBLISH a=2 q1 #2"});
}

TEST_CASE("a clean session is forgotten with its connection, and clears what was there [MQTT-3.1.2-6]") {
    Broker broker;
    Client first(broker);
    first.connect("c", kept);
    first.subscribe("a");
    first.disconnect();
    Client second(broker);
    CHECK_FALSE(second.connect("c"));
    second.publish("a", "x");
    CHECK(second.reads().empty());
    second.disconnect();
    Client third(broker);
    CHECK_FALSE(third.connect("c", kept));
}

TEST_CASE("what was not acknowledged comes again in order, marked as such [MQTT-4.4.0-1] [MQTT-4.6.0-1]") {
    Broker broker;
    Client first(broker);
    first.connect("c", kept);
    first.subscribe("#");
    for (const Qos qos : {q1, q2, q1, q2}) {
        broker.bus().publish(Message::create("a", as_bytes("x"), {.qos = qos}), Receipt{});
    }
    CHECK(first.reads().size() == 4);
    first.ack(PacketType::pubrec, 2);
    CHECK(first.read() == "PUBREL #2");
    first.ack(PacketType::puback, 3);
    first.vanish();
    Client second(broker);
    second.connect("c", kept);
    CHECK(second.reads() == Reads{"PUBLISH a=x q1 #1 dup", "PUBREL #2", "PUBLISH a=x q2 #4 dup"});
    second.ack(PacketType::puback, 1);
    second.ack(PacketType::pubcomp, 2);
    second.ack(PacketType::pubrec, 4);
    CHECK(second.read() == "PUBREL #4");
}

TEST_CASE("another connection with the same identifier takes over, and the first hears 0x8E [MQTT-3.1.4-3]") {
    Broker broker;
    PropertyWriter properties;
    properties.number(PropertyId::session_expiry_interval, 100);
    Client first(broker, v5);
    first.connect("c", {.properties = properties.view()});
    first.subscribe("a");
    Client second(broker, v5);
    CHECK(second.connect("c", kept));
    CHECK(first.read() == "DISCONNECT 8e");
    CHECK(first.is_closed());
    second.publish("a", "x");
    CHECK(second.read() == "PUBLISH a=x");
}

TEST_CASE("a takeover ends a session that was to end with its connection") {
    Broker broker;
    Client first(broker, v311);
    first.connect("c");
    Client second(broker, v311);
    CHECK_FALSE(second.connect("c", kept));
}

TEST_CASE("a client gets no more at once than its Receive Maximum [MQTT-3.3.4-9]") {
    Broker broker;
    Client client(broker, v5);
    PropertyWriter properties;
    properties.number(PropertyId::receive_maximum, 2);
    client.connect("c", {.properties = properties.view()});
    client.subscribe("a");
    for (PacketId id = 1; id <= 3; ++id) {
        broker.bus().publish(Message::create("a", as_bytes(std::to_string(id)), {.qos = q1}), Receipt{});
    }
    CHECK(client.reads() == Reads{"PUBLISH a=1 q1 #1", "PUBLISH a=2 q1 #2"});
    client.ack(PacketType::puback, 1);
    CHECK(client.read() == "PUBLISH a=3 q1 #3");
}

TEST_CASE("QoS 0 overtakes what waits, and waits for nothing itself") {
    Broker broker;
    Limits limits;
    limits.send_maximum = 1;
    Broker narrow(limits);
    Client client(narrow);
    client.connect();
    client.subscribe("a");
    for (int i = 0; i < 2; ++i)
        narrow.bus().publish(Message::create("a", as_bytes("q1"), {.qos = q1}), Receipt{});
    narrow.bus().publish(Message::create("a", as_bytes("q0"), {}), Receipt{});
    CHECK(client.reads() == Reads{"PUBLISH a=q1 q1 #1", "PUBLISH a=q0"});
}

TEST_CASE("the queue of a connected client that is full keeps the publisher waiting") {
    Limits limits;
    limits.send_maximum = 1;
    limits.max_queued = 1;
    Broker broker(limits);
    Client subscriber(broker);
    subscriber.connect("s");
    subscriber.subscribe("a");
    Client publisher(broker);
    publisher.connect("p");
    for (PacketId id = 1; id <= 3; ++id) publisher.publish("a", std::to_string(id), q1, id);
    CHECK(publisher.reads() == Reads{"PUBACK #1", "PUBACK #2"});
    subscriber.ack(PacketType::puback, 1);
    CHECK(publisher.read() == "PUBACK #3");
    CHECK(subscriber.reads() == Reads{"PUBLISH a=1 q1 #1", "PUBLISH a=2 q1 #2"});
    CHECK(dropped(broker) == 0);
}

TEST_CASE("a client that acknowledges nothing while others wait for it is sent away") {
    Limits limits;
    limits.send_maximum = 1;
    limits.max_queued = 1;
    limits.stall_timeout = std::chrono::milliseconds(1);
    Broker broker(limits);
    Client subscriber(broker, v5);
    subscriber.connect("s");
    subscriber.subscribe("a");
    Client publisher(broker);
    publisher.connect("p");
    for (PacketId id = 1; id <= 3; ++id) publisher.publish("a", std::to_string(id), q1, id);
    CHECK(publisher.reads().size() == 2);
    std::this_thread::sleep_until(std::chrono::steady_clock::now() + 3 * TimerWheel::tick);
    CHECK(publisher.read() == "PUBACK #3");
    CHECK(subscriber.reads() == Reads{"PUBLISH a=1 q1 #1", "DISCONNECT 97"});
}

TEST_CASE("the queue of a client that is away drops the newest, and counts it") {
    Limits limits;
    limits.max_queued = 2;
    Broker broker(limits);
    Client first(broker);
    first.connect("c", kept);
    first.subscribe("a");
    first.vanish();
    Client publisher(broker);
    publisher.connect("p");
    for (PacketId id = 1; id <= 3; ++id) publisher.publish("a", std::to_string(id), q1, id);
    CHECK(publisher.reads() == Reads{"PUBACK #1", "PUBACK #2", "PUBACK #3"});
    CHECK(dropped(broker) == 1);
    Client second(broker);
    second.connect("c", kept);
    CHECK(second.reads() == Reads{"PUBLISH a=1 q1 #1", "PUBLISH a=2 q1 #2"});
}

TEST_CASE("QoS 0 to a client that reads too slowly is dropped, and counted") {
    Limits limits;
    limits.max_backlog = 1000;
    Broker broker(limits);
    Client client(broker);
    client.connect();
    client.subscribe("a");
    client.wire.is_slow = true;
    for (int i = 0; i < 20; ++i) {
        broker.bus().publish(Message::create("a", as_bytes(std::string(100, 'x')), {}), Receipt{});
    }
    CHECK(dropped(broker) == 10);
}

TEST_CASE("QoS 1 to a client that reads too slowly waits, and goes on when it has caught up") {
    Limits limits;
    limits.max_backlog = 200;
    Broker broker(limits);
    Client client(broker);
    client.connect();
    client.subscribe("a");
    client.wire.is_slow = true;
    for (int i = 0; i < 5; ++i) {
        broker.bus().publish(Message::create("a", as_bytes(std::string(100, 'x')), {.qos = q1}), Receipt{});
    }
    client.wire.is_slow = false;
    client.wire.take_all();
    CHECK(client.reads().size() == 5);
    CHECK(dropped(broker) == 0);
}

TEST_CASE("a session of 5.0 ends with its connection unless it asked for more [MQTT-3.1.2-23]") {
    Broker broker;
    Client first(broker, v5);
    first.connect("c", kept);
    first.vanish();
    Client second(broker, v5);
    CHECK_FALSE(second.connect("c", kept));
    second.vanish();
    PropertyWriter properties;
    properties.number(PropertyId::session_expiry_interval, 100);
    Client third(broker, v5);
    third.connect("c", {.clean_start = false, .properties = properties.view()});
    third.vanish();
    Client fourth(broker, v5);
    CHECK(fourth.connect("c", kept));
}

TEST_CASE("DISCONNECT can shorten a session, and not bring one to life [MQTT-3.14.2-2]") {
    Broker broker;
    PropertyWriter properties;
    properties.number(PropertyId::session_expiry_interval, 100);
    Bytes disconnect;
    encode(Disconnect{.properties = properties.view()}, v5, disconnect);
    Client client(broker, v5);
    client.connect("c");
    client.send_raw(disconnect);
    CHECK(client.read() == "DISCONNECT 82");
}

TEST_CASE("packet identifiers go round and skip zero [MQTT-2.2.1-3]") {
    SendWindow window;
    PacketId last = 0;
    for (int i = 0; i < 70'000; ++i) {
        const PacketId id = window.add({});
        CHECK(id != 0);
        CHECK(id != last);
        last = id;
        window.finish(id);
    }
    CHECK(window.empty());
}

TEST_CASE(
    "a window with a message that is never acknowledged fills up and does not give its identifier twice") {
    SendWindow window;
    const PacketId stuck = window.add({});
    while (!window.is_full()) window.finish(window.add({}));
    CHECK(window.in_flight() == 1);
    REQUIRE(window.find(stuck) != nullptr);
    window.finish(stuck);
    CHECK(window.empty());
}
