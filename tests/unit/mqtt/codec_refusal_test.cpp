#include "tests/unit/mqtt/packets_under_test.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

constexpr Version v31 = Version::v31;
constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;

ReasonCode refusal(std::string_view text, Version version) {
    const Bytes bytes = hex(text);
    return decode_any(frame_of(bytes), version).reason;
}

constexpr ReasonCode malformed_packet = ReasonCode::malformed_packet;
constexpr ReasonCode protocol_broken = ReasonCode::protocol_error;

}  // namespace

TEST_CASE("reserved flags of the fixed header are malformed [MQTT-2.1.3-1]") {
    for (const Golden& golden : golden_packets()) {
        const auto type = static_cast<PacketType>(static_cast<unsigned char>(golden.bytes[0]) >> 4U);
        if (type == PacketType::publish || golden.version == v31) continue;
        for (int flip = 1; flip < 16; ++flip) {
            CAPTURE(golden.what);
            Bytes bytes = golden.bytes;
            bytes[0] = static_cast<char>(bytes[0] ^ flip);
            CHECK(decode_any(frame_of(bytes), golden.version).reason == malformed_packet);
        }
    }
}

TEST_CASE("an unknown protocol is refused in the dialect that its sender may know [MQTT-3.1.2-2]") {
    Connect packet;
    Bytes bytes = hex("10 0c 0004 4d515454 06 02 003c 0000");
    CHECK(decode(frame_of(bytes), packet).reason == ReasonCode::unsupported_protocol_version);
    CHECK(packet.version == v311);
    bytes = hex("10 0c 0004 4d515455 05 02 003c 0000");
    CHECK(decode(frame_of(bytes), packet).reason == ReasonCode::unsupported_protocol_version);
    CHECK(packet.version == v5);
    bytes = hex("10 0c 0004 4d515454 03 02 003c 0000");
    CHECK(decode(frame_of(bytes), packet).reason == ReasonCode::unsupported_protocol_version);
    CHECK(packet.version == v311);
    bytes = hex("10 0c 0004 6d717474 04 02 003c 0000");
    CHECK(decode(frame_of(bytes), packet).reason == ReasonCode::unsupported_protocol_version);
}

TEST_CASE("CONNECT flags that contradict each other are malformed") {
    CHECK(refusal("10 0d 0004 4d515454 04 03 003c 0001 61", v311) == malformed_packet);  // [MQTT-3.1.2-3]
    CHECK(refusal("10 0d 0004 4d515454 04 0a 003c 0001 61", v311) == malformed_packet);  // will QoS, no will
    CHECK(refusal("10 0d 0004 4d515454 04 22 003c 0001 61", v311) ==
          malformed_packet);  // will retain, no will
    CHECK(refusal("10 13 0004 4d515454 04 1e 003c 0001 61 0001 77 0001 70", v311) ==
          malformed_packet);  // will QoS 3
    CHECK(refusal("10 10 0004 4d515454 04 42 003c 0001 61 0001 70", v311) ==
          malformed_packet);  // password alone
}

TEST_CASE("Authentication Data needs an Authentication Method, section 3.1.2.11.10") {
    CHECK(refusal("10 12 0004 4d515454 05 02 003c 04 16 0001 78 0001 61", v5) == protocol_broken);
}

TEST_CASE("QoS 3 and DUP at QoS 0 are malformed [MQTT-3.3.1-2] [MQTT-3.3.1-4]") {
    CHECK(refusal("36 05 0001 61 0001", v311) == malformed_packet);
    CHECK(refusal("38 03 0001 61", v311) == malformed_packet);
}

TEST_CASE("packet identifier zero is a protocol error [MQTT-2.2.1-3]") {
    CHECK(refusal("32 05 0001 61 0000", v311) == protocol_broken);
    CHECK(refusal("40 02 0000", v311) == protocol_broken);
    CHECK(refusal("82 06 0000 0001 61 00", v311) == protocol_broken);
    CHECK(refusal("a2 05 0000 0001 61", v311) == protocol_broken);
    CHECK(refusal("90 03 0000 00", v311) == protocol_broken);
}

TEST_CASE("SUBSCRIBE and UNSUBSCRIBE name at least one filter [MQTT-3.8.3-2] [MQTT-3.10.3-2]") {
    CHECK(refusal("82 02 0001", v311) == protocol_broken);
    CHECK(refusal("a2 02 0001", v311) == protocol_broken);
    CHECK(refusal("82 03 0001 00", v5) == protocol_broken);
}

TEST_CASE("reserved subscription options are malformed [MQTT-3.8.3-5]") {
    CHECK(refusal("82 06 0001 0001 61 03", v311) == malformed_packet);
    CHECK(refusal("82 06 0001 0001 61 04", v311) == malformed_packet);
    CHECK(refusal("82 07 0001 00 0001 61 40", v5) == malformed_packet);
    CHECK(refusal("82 07 0001 00 0001 61 03", v5) == malformed_packet);
    CHECK(refusal("82 07 0001 00 0001 61 30", v5) == protocol_broken);  // Retain Handling 3
}

TEST_CASE("a reason code that its packet can't carry is a protocol error") {
    CHECK(refusal("40 03 0001 92", v5) == protocol_broken);
    CHECK(refusal("e0 01 10", v5) == protocol_broken);
    CHECK(refusal("f0 01 04", v5) == protocol_broken);
    CHECK(refusal("90 04 0001 00 11", v5) == protocol_broken);
    CHECK(refusal("90 03 0001 03", v311) == protocol_broken);
    CHECK(refusal("20 03 00 01 00", v5) == protocol_broken);
}

TEST_CASE("AUTH exists in 5.0 alone") {
    CHECK(refusal("f0 00", v311) == protocol_broken);
    CHECK(refusal("f0 00", v5) == ReasonCode::success);
}

TEST_CASE("3.1 clients may set DUP where later versions reserve it") {
    CHECK(refusal("8a 06 0001 0001 61 00", v31) == ReasonCode::success);
    CHECK(refusal("6a 02 0001", v31) == ReasonCode::success);
}

TEST_CASE("every reason code has its name, and its nearest Connect Return code") {
    CHECK(name(ReasonCode::session_taken_over) == "Session taken over");
    CHECK(name(static_cast<ReasonCode>(0xFF)) == "unknown reason code");
    CHECK(connect_return_code(ReasonCode::bad_user_name_or_password) == 4);
    CHECK(connect_return_code(ReasonCode::server_busy) == 3);
    for (std::uint8_t code = 0; code <= 5; ++code)
        CHECK(connect_return_code(reason_of_return_code(code)) == code);
}
