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
constexpr Qos q1 = Qos::at_least_once;
constexpr Qos q2 = Qos::exactly_once;

}  // namespace

TEST_CASE("a message reaches subscribers at the lower of both QoS [MQTT-3.8.4-8]") {
    Broker broker;
    Client client(broker);
    client.connect();
    client.subscribe("a/+", q1);
    client.publish("a/b", "zero");
    CHECK(client.read() == "PUBLISH a/b=zero");
    client.publish("a/b", "one", q1, 7);
    CHECK(client.reads() == Reads{"PUBLISH a/b=one q1 #1", "PUBACK #7"});
    client.publish("a/b", "two", q2, 8);
    CHECK(client.reads() == Reads{"PUBLISH a/b=two q1 #2", "PUBREC #8"});
}

TEST_CASE("QoS 1 is acknowledged when every taker has it, and not before") {
    Broker broker;
    Holder holder;
    broker.bus().subscribe(holder, filter("a"), {});
    Client client(broker);
    client.connect();
    client.publish("a", "x", q1, 5);
    CHECK(client.reads().empty());
    holder.held[0].settle(Outcome::accepted);
    CHECK(client.read() == "PUBACK #5");
    broker.bus().unsubscribe(holder, filter("a"));
}

TEST_CASE("acknowledgements leave in the order of arrival, whatever settles first [MQTT-4.6.0-2]") {
    Broker broker;
    Holder holder;
    broker.bus().subscribe(holder, filter("a"), {});
    Client client(broker);
    client.connect();
    client.publish("a", "x", q1, 1);
    client.publish("b", "x", q1, 2);
    client.publish("a", "x", q2, 3);
    CHECK(client.reads().empty());
    holder.held[1].settle(Outcome::accepted);
    CHECK(client.reads().empty());
    holder.held[0].settle(Outcome::accepted);
    CHECK(client.reads() == Reads{"PUBACK #1", "PUBACK #2", "PUBREC #3"});
    broker.bus().unsubscribe(holder, filter("a"));
}

TEST_CASE("5.0 hears when nobody subscribes, and when a taker refuses for ever") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.publish("nobody", "x", q1, 1);
    CHECK(client.read() == "PUBACK #1 10");
    Holder holder;
    broker.bus().subscribe(holder, filter("a"), {});
    client.publish("a", "x", q1, 2);
    client.publish("a", "x", q2, 3);
    for (Receipt& receipt : holder.held) receipt.settle(Outcome::rejected);
    CHECK(client.reads() == Reads{"PUBACK #2 83", "PUBREC #3 83"});
    broker.bus().unsubscribe(holder, filter("a"));
}

TEST_CASE("QoS 2 is published once, however often it comes before PUBREL [MQTT-4.3.3-10]") {
    Broker broker;
    Client watcher(broker);
    watcher.connect("w");
    watcher.subscribe("a", q0);
    Client client(broker);
    client.connect("c");
    client.publish("a", "x", q2, 9);
    client.publish("a", "x", q2, 9);
    CHECK(client.reads() == Reads{"PUBREC #9", "PUBREC #9"});
    client.ack(PacketType::pubrel, 9);
    CHECK(client.read() == "PUBCOMP #9");
    CHECK(watcher.reads() == Reads{"PUBLISH a=x"});
    client.publish("a", "y", q2, 9);
    CHECK(watcher.reads() == Reads{"PUBLISH a=y"});
}

TEST_CASE("QoS 2 is published once across a reconnect too [MQTT-4.3.3-10]") {
    Broker broker;
    Client watcher(broker);
    watcher.connect("w");
    watcher.subscribe("a", q0);
    Client first(broker);
    first.connect("c", {.clean_start = false});
    first.publish("a", "x", q2, 9);
    first.vanish();
    Client second(broker);
    CHECK(second.connect("c", {.clean_start = false}));
    second.send({.dup = true, .qos = q2, .id = 9, .topic = "a", .payload = as_bytes("x")});
    CHECK(second.read() == "PUBREC #9");
    CHECK(watcher.reads() == Reads{"PUBLISH a=x"});
}

TEST_CASE("a QoS 2 message that settles while its client is away is acknowledged when it comes again") {
    Broker broker;
    Holder holder;
    broker.bus().subscribe(holder, filter("a"), {});
    Client first(broker);
    first.connect("c", {.clean_start = false});
    first.publish("a", "x", q2, 9);
    first.vanish();
    Client second(broker);
    second.connect("c", {.clean_start = false});
    second.send({.dup = true, .qos = q2, .id = 9, .topic = "a", .payload = as_bytes("x")});
    CHECK(second.reads().empty());
    CHECK(holder.held.size() == 1);
    holder.held[0].settle(Outcome::accepted);
    CHECK(second.read() == "PUBREC #9");
    broker.bus().unsubscribe(holder, filter("a"));
}

TEST_CASE("a PUBREL that belongs to nothing is answered, in 5.0 with 0x92") {
    Broker broker;
    Client old(broker, v311);
    old.connect("o");
    old.ack(PacketType::pubrel, 4);
    CHECK(old.read() == "PUBCOMP #4");
    Client modern(broker, v5);
    modern.connect("m");
    modern.ack(PacketType::pubrel, 4);
    CHECK(modern.read() == "PUBCOMP #4 92");
}

TEST_CASE("a released message is asked for again by ending the connection") {
    Broker broker;
    Holder holder;
    broker.bus().subscribe(holder, filter("a"), {});
    Client client(broker, v5);
    client.connect();
    client.publish("a", "x", q1, 1);
    holder.held[0].settle(Outcome::released);
    CHECK(client.reads().empty());
    std::this_thread::sleep_until(std::chrono::steady_clock::now() + 2 * TimerWheel::tick);
    CHECK(client.read() == "DISCONNECT 89");
    CHECK(client.is_closed());
    broker.bus().unsubscribe(holder, filter("a"));
}

TEST_CASE("topics with wildcards, empty ones and ill-formed ones end the connection [MQTT-3.3.2-2]") {
    Broker broker;
    const std::vector<std::pair<std::string, std::string>> cases{
        {"a/#", "90"}, {"+", "90"}, {"", "90"}, {"a\xff", "81"}, {std::string("a\0b", 3), "81"}};
    for (const auto& [topic, code] : cases) {
        Client client(broker, v5);
        client.connect();
        client.publish(topic, "x");
        CHECK(client.read() == "DISCONNECT " + code);
    }
}

TEST_CASE("what is below $SYS only the server tells") {
    Broker broker;
    Client client(broker, v5);
    client.connect();
    client.subscribe("$SYS/#", q0);
    client.publish("$SYS/fake", "x");
    client.publish("$SYS/fake", "x", q1, 1);
    CHECK(client.read() == "PUBACK #1 87");
}

TEST_CASE("a client of 5.0 that exceeds Receive Maximum hears 0x93 [MQTT-3.3.4-8]") {
    Limits limits;
    limits.receive_maximum = 2;
    Broker broker(limits);
    Client client(broker, v5);
    client.connect();
    for (PacketId id = 1; id <= 3; ++id) client.publish("a", "x", q2, id);
    CHECK(client.reads() == Reads{"PUBREC #1 10", "PUBREC #2 10", "DISCONNECT 93"});
}

TEST_CASE("a client of 3.1.1 with too much unacknowledged is not read until that is settled") {
    Limits limits;
    limits.receive_maximum = 2;
    Broker broker(limits);
    Holder holder;
    broker.bus().subscribe(holder, filter("a"), {});
    Client client(broker, v311);
    client.connect();
    for (PacketId id = 1; id <= 2; ++id) client.publish("a", "x", q1, id);
    CHECK(client.wire.is_paused);
    client.publish("a", "x", q1, 3);
    CHECK(holder.held.size() == 2);
    holder.held[0].settle(Outcome::accepted);
    broker.run();
    CHECK_FALSE(client.wire.is_paused);
    client.send_raw({});
    CHECK(holder.held.size() == 3);
    for (Receipt& receipt : holder.held) receipt.settle(Outcome::accepted);
    broker.bus().unsubscribe(holder, filter("a"));
}

TEST_CASE("a mount point stands in front of everything and is seen by nobody behind it") {
    Limits limits;
    limits.mount_point = "site/";
    Broker broker(limits);
    Client client(broker);
    client.connect();
    client.subscribe("a/#", q0);
    client.publish("a/b", "x");
    CHECK(client.read() == "PUBLISH a/b=x");
    broker.bus().publish(Message::create("site/a/c", as_bytes("y"), {}), Receipt{});
    broker.bus().publish(Message::create("a/c", as_bytes("z"), {}), Receipt{});
    CHECK(client.read() == "PUBLISH a/c=y");
}
