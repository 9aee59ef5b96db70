#include "tests/unit/mqtt_backend/scripted_broker.hpp"

using namespace rialto;
using namespace rialto::mqtt::test;
using namespace std::chrono_literals;
using mqtt::PacketType;
using mqtt::PropertyId;
using mqtt::PropertyWriter;
using mqtt::ReasonCode;
using mqtt::Version;

namespace {

struct OpenSource : Stand {
    void open(std::vector<std::string> patterns = {"#"}) { REQUIRE(open_source(std::move(patterns)).has_value()); }
    bool has_read(std::size_t count) {
        return until([&] { return reading.texts.size() >= count; });
    }
    void publish_three() {
        for (mqtt::PacketId id = 1; id <= 3; ++id) broker.publish(Qos::at_least_once, id, "a", std::to_string(id));
        REQUIRE(has_read(3));
    }
};

}  // namespace

TEST_CASE_FIXTURE(OpenSource, "nothing is acknowledged before its receipt settles") {
    open();
    publish_three();
    settle_down();
    CHECK(broker.count("PUBACK") == 0);
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(1, "PUBACK"));
    CHECK(broker.packets.back() == "PUBACK 1");
}

TEST_CASE_FIXTURE(OpenSource, "acknowledgements leave in the order of arrival [MQTT-4.6.0-2]") {
    open();
    publish_three();
    reading.receipts[2].settle(Outcome::accepted);
    reading.receipts[1].settle(Outcome::accepted);
    settle_down();
    CHECK(broker.count("PUBACK") == 0);
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(3, "PUBACK"));
    CHECK(broker.packets_of("PUBACK") == Texts{"PUBACK 1", "PUBACK 2", "PUBACK 3"});
}

TEST_CASE_FIXTURE(OpenSource, "what was refused for good is acknowledged, with a reason") {
    open();
    publish_three();
    reading.receipts[0].settle(Outcome::rejected);
    REQUIRE(has(1, "PUBACK"));
    CHECK(broker.packets.back() == "PUBACK 1 Implementation specific error");
}

TEST_CASE_FIXTURE(OpenSource, "what was released is not acknowledged, and the connection is left to get it again") {
    settings.redeliver_after = 50ms;
    open();
    publish_three();
    reading.receipts[0].settle(Outcome::released);
    reading.receipts[1].settle(Outcome::accepted);
    REQUIRE(until([&] { return reading.losses.size() == 1; }));
    CHECK(broker.count("PUBACK") == 0);
}

TEST_CASE_FIXTURE(OpenSource, "a receipt of an earlier connection acknowledges nothing on this one") {
    open();
    publish_three();
    broker.hang_up();
    REQUIRE(until([&] { return reading.losses.size() == 1; }));
    REQUIRE(reopen_source().has_value());
    for (Receipt& receipt : reading.receipts) receipt.settle(Outcome::accepted);
    settle_down();
    CHECK(broker.count("PUBACK") == 0);
}

TEST_CASE_FIXTURE(OpenSource, "a broker that sends more than the window, as mosquitto does on resuming, is read all the same") {
    settings.window = 2;
    open();
    publish_three();
    for (Receipt& receipt : reading.receipts) receipt.settle(Outcome::accepted);
    REQUIRE(has(3, "PUBACK"));
    CHECK(broker.count("DISCONNECT") == 0);
    CHECK(reading.losses.empty());
}

TEST_CASE_FIXTURE(OpenSource, "QoS 2 is received once: PUBREC when the receipt settles, then PUBREL and PUBCOMP") {
    settings.qos = Qos::exactly_once;
    open();
    broker.publish(Qos::exactly_once, 9, "a", "once");
    REQUIRE(has_read(1));
    settle_down();
    CHECK(broker.count("PUBREC") == 0);
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(1, "PUBREC"));
    broker.publish(Qos::exactly_once, 9, "a", "once", true);
    REQUIRE(has(2, "PUBREC"));
    broker.ack(PacketType::pubrel, 9);
    REQUIRE(has(1, "PUBCOMP"));
    CHECK(reading.texts == Texts{"a=once"});
    broker.publish(Qos::exactly_once, 9, "a", "another");
    REQUIRE(has_read(2));
}

TEST_CASE_FIXTURE(OpenSource, "a QoS 2 message that is still on its way here is not taken a second time after a loss") {
    settings.qos = Qos::exactly_once;
    open();
    broker.publish(Qos::exactly_once, 9, "a", "once");
    REQUIRE(has_read(1));
    broker.hang_up();
    REQUIRE(until([&] { return reading.losses.size() == 1; }));
    broker.connack.session_present = true;
    REQUIRE(reopen_source().has_value());
    broker.publish(Qos::exactly_once, 9, "a", "once", true);
    settle_down();
    CHECK(reading.texts == Texts{"a=once"});
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(1, "PUBREC"));
}

TEST_CASE_FIXTURE(OpenSource, "a QoS 2 message that a session was lost with is new when it comes") {
    settings.qos = Qos::exactly_once;
    open();
    broker.publish(Qos::exactly_once, 9, "a", "first");
    REQUIRE(has_read(1));
    broker.hang_up();
    REQUIRE(until([&] { return reading.losses.size() == 1; }));
    REQUIRE(reopen_source().has_value());
    broker.publish(Qos::exactly_once, 9, "a", "second");
    CHECK(has_read(2));
}

TEST_CASE_FIXTURE(OpenSource, "topic aliases of the broker stand for their topics") {
    open();
    PropertyWriter alias;
    alias.number(PropertyId::topic_alias, 3);
    broker.publish(Qos::at_most_once, 0, "a/long/topic", "1", false, alias.view());
    broker.publish(Qos::at_most_once, 0, "", "2", false, alias.view());
    REQUIRE(has_read(2));
    CHECK(reading.texts == Texts{"a/long/topic=1", "a/long/topic=2"});
}

TEST_CASE_FIXTURE(OpenSource, "an alias that was never set, or is above the maximum, ends the connection [MQTT-3.3.2-10]") {
    open();
    PropertyWriter alias;
    alias.number(PropertyId::topic_alias, 65);
    broker.publish(Qos::at_most_once, 0, "a", "x", false, alias.view());
    REQUIRE(has(1, "DISCONNECT"));
    CHECK(broker.packets.back() == "DISCONNECT Topic Alias invalid");
}

TEST_CASE_FIXTURE(OpenSource, "a copy of another subscription, and what nobody asks for, is acknowledged and dropped in its turn") {
    open({"a/+/c", "a/b/+"});
    const mqtt::SubscriptionPlan plan({TopicFilter::parse("a/+/c").value(), TopicFilter::parse("a/b/+").value()},
                                      mqtt::SubscriptionPlan::Copies::by_identifier);
    PropertyWriter first;
    PropertyWriter second;
    first.number(PropertyId::subscription_identifier, plan.entries()[0].identifier);
    second.number(PropertyId::subscription_identifier, plan.entries()[1].identifier);
    broker.publish(Qos::at_least_once, 1, "a/b/c", "x", false, first.view());
    broker.publish(Qos::at_least_once, 2, "a/b/c", "x", false, second.view());
    broker.publish(Qos::at_least_once, 3, "elsewhere", "x");
    REQUIRE(has_read(1));
    settle_down();
    CHECK(reading.texts.size() == 1);
    CHECK(broker.count("PUBACK") == 0);
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(3, "PUBACK"));
    CHECK(broker.packets_of("PUBACK") == Texts{"PUBACK 1", "PUBACK 2", "PUBACK 3"});
    CHECK(gateway.metrics().total("rialto_mqtt_backend_unwanted_total") == 2);
}

TEST_CASE_FIXTURE(OpenSource, "a topic too deep for the bus is dropped and counted, and the connection goes on") {
    open();
    std::string deep = "a";
    for (int i = 0; i < 300; ++i) deep += "/a";
    broker.publish(Qos::at_least_once, 1, deep, "x");
    broker.publish(Qos::at_least_once, 2, "a", "fine");
    REQUIRE(has_read(1));
    CHECK(reading.texts == Texts{"a=fine"});
    CHECK(gateway.metrics().total("rialto_backend_unmappable_total") == 1);
}

TEST_CASE_FIXTURE(OpenSource, "QoS 0 without credit waits up to the window, then the connection is not read") {
    settings.window = 4;
    REQUIRE(open_source().has_value());
    source->close();
    REQUIRE(run(source->open(reading)).has_value());  // no credit now
    for (int i = 0; i < 200; ++i) broker.publish(Qos::at_most_once, 0, "a", std::to_string(i));
    settle_down();
    CHECK(reading.texts.empty());
    source->grant(1000);
    REQUIRE(has_read(200));
    CHECK(reading.texts.back() == "a=199");
}

TEST_CASE_FIXTURE(OpenSource, "while the sink waits for answers QoS 0 beyond the window is dropped and counted") {
    settings.window = 4;
    REQUIRE(open_sink().has_value());
    REQUIRE(open_source().has_value());
    run(source->open(reading)).value();  // no credit now
    send("out");
    REQUIRE(has(1, "PUBLISH"));
    for (int i = 0; i < 10; ++i) broker.publish(Qos::at_most_once, 0, "a", std::to_string(i));
    broker.ack(PacketType::puback, 1);
    REQUIRE(until([&] { return settled->all.size() == 1; }));
    CHECK(reading.texts.empty());
    CHECK(gateway.metrics().total("rialto_mqtt_backend_dropped_qos0_total") == 7);
}

TEST_CASE_FIXTURE(OpenSource, "a source with other patterns subscribes to them, and takes the old ones back") {
    REQUIRE(open_sink().has_value());
    open({"a/#", "b"});
    source.reset();
    open({"b", "c"});
    CHECK(broker.packets_of("UNSUBSCRIBE") == Texts{"UNSUBSCRIBE a/#"});
    broker.publish(Qos::at_most_once, 0, "c", "new");
    REQUIRE(has_read(1));
    broker.publish(Qos::at_most_once, 0, "a/x", "old");
    broker.publish(Qos::at_most_once, 0, "b", "kept");
    REQUIRE(has_read(2));
    CHECK(reading.texts == Texts{"c=new", "b=kept"});
}

TEST_CASE_FIXTURE(OpenSource, "at 3.1.1 other patterns ask for what is new alone, as retained messages would come again") {
    settings.version = Version::v311;
    REQUIRE(open_sink().has_value());
    open({"a", "b"});
    source.reset();
    open({"b", "c"});
    CHECK(broker.packets_of("SUBSCRIBE") == Texts{"SUBSCRIBE a q1", "SUBSCRIBE b q1", "SUBSCRIBE c q1"});
    CHECK(broker.packets_of("UNSUBSCRIBE") == Texts{"UNSUBSCRIBE a"});
}

TEST_CASE_FIXTURE(OpenSource, "what the broker sends in a kept session before anybody subscribed again is not lost") {
    REQUIRE(open_sink().has_value());
    broker.publish(Qos::at_least_once, 5, "a", "early");
    settle_down();
    CHECK(broker.count("PUBACK") == 1);  // a backend without a source has nobody to keep it for
    source = backend->make_source({TopicFilter::parse("a").value()});
    broker.hang_up();
    REQUIRE(until([&] { return writing.losses.size() == 1; }));
    REQUIRE(open_sink().has_value());
    broker.publish(Qos::at_least_once, 6, "a", "waits");
    settle_down();
    REQUIRE(reopen_source().has_value());
    REQUIRE(has_read(1));
    CHECK(reading.texts == Texts{"a=waits"});
}
