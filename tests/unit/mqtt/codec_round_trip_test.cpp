#include "tests/unit/mqtt/packets_under_test.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

TEST_CASE("a PUBLISH of any size comes back as it was, in every dialect") {
    PropertyWriter properties;
    properties.text(PropertyId::content_type, "text/plain").pair("k", "v");
    for (const Version version : {Version::v31, Version::v311, Version::v5}) {
        for (const std::size_t size : {0UL, 1UL, 100UL, 127UL, 128UL, 16'383UL, 16'400UL, 2'100'000UL}) {
            const Bytes payload(size, 'p');
            const Publish sent{.qos = Qos::at_least_once,
                               .retain = true,
                               .id = 7,
                               .topic = "a/b",
                               .properties = properties.view(),
                               .payload = as_bytes(payload)};
            Bytes bytes;
            encode(sent, version, bytes);
            Publish got;
            REQUIRE_FALSE(decode(frame_of(bytes), version, got));
            CHECK(got.topic == "a/b");
            CHECK(got.id == 7);
            CHECK(got.retain);
            CHECK_FALSE(got.dup);
            CHECK(as_text(got.payload) == payload);
            CHECK(got.properties.empty() == (version != Version::v5));
        }
    }
}

TEST_CASE("the front of a PUBLISH is measured before it is written") {
    const Publish packet{.qos = Qos::exactly_once, .id = 0x1234, .topic = "a", .payload = as_bytes("xyz")};
    const PublishSize size = measure(packet, Version::v5);
    Bytes bytes;
    std::uint8_t* start = extend(bytes, size.front);
    CHECK(write_front(packet, Version::v5, size, start) == start + size.front);
    CHECK(to_hex(bytes) == "34 09 00 01 61 12 34 00");
    CHECK(size.whole(3) == 11);
}

TEST_CASE("encoders append and leave what is there alone") {
    Bytes bytes = "before";
    encode_pingresp(bytes);
    encode(Ack{.type = PacketType::pubrel, .id = 3}, Version::v311, bytes);
    CHECK(bytes.substr(0, 6) == "before");
    CHECK(to_hex(std::string_view(bytes).substr(6)) == "d0 00 62 02 00 03");
}

TEST_CASE("before 5.0 a reason travels as its nearest Connect Return code, properties not at all") {
    PropertyWriter properties;
    properties.text(PropertyId::reason_string, "no");
    Bytes bytes;
    encode(Connack{.reason = ReasonCode::banned, .properties = properties.view()}, Version::v311, bytes);
    CHECK(to_hex(bytes) == "20 02 00 05");
}

TEST_CASE("3.1 has no session-present flag") {
    Bytes bytes;
    encode(Connack{.session_present = true}, Version::v31, bytes);
    CHECK(to_hex(bytes) == "20 02 00 00");
}

TEST_CASE("before 5.0 every failure in a SUBACK is 0x80") {
    const Bytes reasons = hex("01 8f 87");
    Bytes bytes;
    encode(SubscriptionAck{.id = 1, .reasons = as_bytes(reasons)}, Version::v311, bytes);
    CHECK(to_hex(bytes) == "90 05 00 01 01 80 80");
}
