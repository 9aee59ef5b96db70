#include "tests/unit/mqtt/packets_under_test.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

TEST_CASE("every golden packet decodes, and encodes to the same bytes") {
    for (const Golden& golden : golden_packets()) {
        CAPTURE(golden.what);
        CHECK(to_hex(recode(frame_of(golden.bytes), golden.version)) == to_hex(golden.bytes));
    }
}

TEST_CASE("the golden packets hold every packet type") {
    for (int type = 1; type <= 15; ++type) {
        CAPTURE(type);
        CHECK(std::ranges::any_of(golden_packets(), [&](const Golden& golden) {
            return static_cast<unsigned char>(golden.bytes[0]) >> 4U == type;
        }));
    }
}

TEST_CASE("a CONNECT gives its fields") {
    Connect packet;
    const Bytes bytes = hex("10 1d 0004 4d515454 04 ee 003c 0001 61 0003 772f74 0002 ff00 0001 75 0002 7077");
    REQUIRE_FALSE(decode(frame_of(bytes), packet));
    CHECK(packet.version == Version::v311);
    CHECK(packet.clean_start);
    CHECK(packet.keep_alive == 60);
    CHECK(packet.client_id == "a");
    REQUIRE(packet.will);
    CHECK(packet.will->topic == "w/t");
    CHECK(packet.will->payload.size() == 2);
    CHECK(packet.will->qos == Qos::at_least_once);
    CHECK(packet.will->retain);
    CHECK(packet.user_name == "u");
    CHECK(as_text(packet.password.value()) == "pw");
}

TEST_CASE("a bridge is known by bit 7 of the protocol level") {
    Connect packet;
    const Bytes bytes = hex("10 0d 0004 4d515454 84 00 003c 0001 61");
    REQUIRE_FALSE(decode(frame_of(bytes), packet));
    CHECK(packet.is_bridge);
    CHECK(packet.version == Version::v311);
    CHECK_FALSE(packet.clean_start);
}

TEST_CASE("a 3.1 client may announce credentials and leave them out") {
    Connect packet;
    const Bytes bytes = hex("10 0f 0006 4d5149736470 03 c2 000a 0001 61");
    REQUIRE_FALSE(decode(frame_of(bytes), packet));
    CHECK_FALSE(packet.user_name);
    CHECK_FALSE(packet.password);
}

TEST_CASE("a PUBLISH gives its fields and looks into the received bytes") {
    const Bytes bytes = hex("3d 09 0003 612f62 000a 6869");
    Publish packet;
    REQUIRE_FALSE(decode(frame_of(bytes), Version::v311, packet));
    CHECK(packet.dup);
    CHECK(packet.retain);
    CHECK(packet.qos == Qos::exactly_once);
    CHECK(packet.id == 10);
    CHECK(packet.topic == "a/b");
    CHECK(as_text(packet.payload) == "hi");
    CHECK(packet.payload.data() == as_bytes(bytes).data() + 9);
}

TEST_CASE("a SUBSCRIBE gives its entries in order with their options [MQTT-3.8.4-5]") {
    const Bytes bytes = hex("82 0b 000a 00 0001 61 2d 0001 62 10");
    Subscribe packet;
    REQUIRE_FALSE(decode(frame_of(bytes), Version::v5, packet));
    const auto first = next_subscription(packet.encoded_list, Version::v5);
    REQUIRE(first);
    CHECK(first->filter == "a");
    CHECK(first->qos == Qos::at_least_once);
    CHECK(first->no_local);
    CHECK(first->retain_as_published);
    CHECK(first->retain_handling == RetainHandling::do_not_send);
    const auto second = next_subscription(packet.encoded_list, Version::v5);
    REQUIRE(second);
    CHECK(second->filter == "b");
    CHECK(second->qos == Qos::at_most_once);
    CHECK(second->retain_handling == RetainHandling::send_if_new);
    CHECK_FALSE(next_subscription(packet.encoded_list, Version::v5));
}
