#include "tests/unit/mqtt/client.hpp"

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;

Connect with_will(PropertiesView will_properties = {}) {
    return {.will = Will{.topic = "will", .payload = as_bytes("gone"), .properties = will_properties}};
}

/// Somebody who reads wills.
struct Heir {
    explicit Heir(Broker& broker) : client(broker, Version::v5) {
        client.connect("heir");
        client.subscribe("will");
    }
    Client client;
};

}  // namespace

TEST_CASE("the will is published when the connection ends without DISCONNECT [MQTT-3.1.2-8]") {
    Broker broker;
    Heir heir(broker);
    Client client(broker, v311);
    client.connect("c", with_will());
    client.vanish();
    CHECK(heir.client.read() == "PUBLISH will=gone");
}

TEST_CASE("DISCONNECT takes the will away; its reason 0x04 does not [MQTT-3.14.4-3]") {
    Broker broker;
    Heir heir(broker);
    Client polite(broker, v5);
    polite.connect("c", with_will());
    polite.disconnect();
    CHECK(heir.client.reads().empty());
    Client insisting(broker, v5);
    insisting.connect("c", with_will());
    insisting.disconnect(ReasonCode::disconnect_with_will);
    CHECK(heir.client.read() == "PUBLISH will=gone");
}

TEST_CASE("a client that breaks the protocol leaves its will [MQTT-3.1.2-8]") {
    Broker broker;
    Heir heir(broker);
    Client client(broker, v311);
    client.connect("c", with_will());
    client.send_raw(hex("00 00"));
    CHECK(heir.client.read() == "PUBLISH will=gone");
    client.vanish();
    CHECK(heir.client.reads().empty());
}

TEST_CASE("a takeover publishes the will of the connection that ends") {
    Broker broker;
    Heir heir(broker);
    Client first(broker, v311);
    first.connect("c", with_will());
    Client second(broker, v311);
    second.connect("c");
    CHECK(heir.client.read() == "PUBLISH will=gone");
}

TEST_CASE("a delayed will is not published when the client is back in time [MQTT-3.1.3-9]") {
    Broker broker;
    Heir heir(broker);
    PropertyWriter delay;
    delay.number(PropertyId::will_delay_interval, 10);
    PropertyWriter expiry;
    expiry.number(PropertyId::session_expiry_interval, 100);
    Client first(broker, v5);
    Connect connect = with_will(delay.view());
    connect.properties = expiry.view();
    first.connect("c", connect);
    first.vanish();
    CHECK(heir.client.reads().empty());
    Client second(broker, v5);
    second.connect("c", {.clean_start = false});
    second.disconnect();
    CHECK(heir.client.reads().empty());
}

TEST_CASE("a delayed will is published when the session ends before [MQTT-3.1.3-9]") {
    Broker broker;
    Heir heir(broker);
    PropertyWriter delay;
    delay.number(PropertyId::will_delay_interval, 10);
    Client client(broker, v5);
    client.connect("c", with_will(delay.view()));
    client.vanish();
    CHECK(heir.client.read() == "PUBLISH will=gone");
    PropertyWriter expiry;
    expiry.number(PropertyId::session_expiry_interval, 100);
    Connect connect = with_will(delay.view());
    connect.properties = expiry.view();
    Client kept(broker, v5);
    kept.connect("c", connect);
    kept.vanish();
    Client clean(broker, v5);
    clean.connect("c");
    CHECK(heir.client.read() == "PUBLISH will=gone");
}

TEST_CASE("the will carries its properties, and not its delay") {
    Broker broker;
    Heir heir(broker);
    PropertyWriter properties;
    properties.number(PropertyId::will_delay_interval, 0).text(PropertyId::content_type, "t").pair("k", "v");
    Client client(broker, v5);
    client.connect("c", with_will(properties.view()));
    client.vanish();
    const Publish got = heir.client.read_publish();
    CHECK(got.properties.find(PropertyId::content_type)->text == "t");
    CHECK(got.properties.find(PropertyId::user_property)->value == "v");
}
