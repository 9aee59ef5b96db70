#include "tests/unit/mqtt/packets_under_test.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

FrameResult split(const Bytes& bytes, std::size_t limit = max_varint) {
    Frame frame;
    return next_frame(as_bytes(bytes), limit, frame);
}

}  // namespace

TEST_CASE("frames are split one after the other") {
    const Bytes bytes = hex("c0 00 30 05 0003 612f62 d0");
    Frame frame;
    REQUIRE(next_frame(as_bytes(bytes), max_varint, frame).status == FrameStatus::whole);
    CHECK(frame.type == PacketType::pingreq);
    CHECK(frame.size == 2);
    REQUIRE(next_frame(as_bytes(bytes).subspan(2), max_varint, frame).status == FrameStatus::whole);
    CHECK(frame.type == PacketType::publish);
    CHECK(frame.body.size() == 5);
    CHECK(split(bytes.substr(9)).status == FrameStatus::need_more);
}

TEST_CASE("a whole header tells how many bytes the packet needs") {
    CHECK(split(hex("30 80")).needed == 0);
    CHECK(split(hex("30 80 01 00")).needed == 131);
}

TEST_CASE("the largest Remaining Length is 268,435,455") {
    CHECK(split(hex("30 ff ff ff 7f"), 1U << 30U).needed == 268'435'460);
    CHECK(split(hex("30 ff ff ff 7f"), 1U << 30U).status == FrameStatus::need_more);
}

TEST_CASE("a Remaining Length of five bytes is malformed as soon as four are there") {
    const FrameResult result = split(hex("30 ff ff ff ff"));
    CHECK(result.status == FrameStatus::bad);
    CHECK(result.fault.reason == ReasonCode::malformed_packet);
}

TEST_CASE("a packet over the limit is refused before its body arrives") {
    const FrameResult result = split(hex("30 80 01"), 100);
    CHECK(result.status == FrameStatus::bad);
    CHECK(result.fault.reason == ReasonCode::packet_too_large);
}

TEST_CASE("a packet as long as the limit passes") {
    CHECK(split(hex("30 05 0003 612f62"), 7).status == FrameStatus::whole);
    CHECK(split(hex("30 05 0003 612f62"), 6).status == FrameStatus::bad);
}

TEST_CASE("packet type 0 is malformed [MQTT-2.1.2]") {
    CHECK(split(hex("00 00")).fault.reason == ReasonCode::malformed_packet);
}

TEST_CASE("a Remaining Length in more bytes than needed is seen, so that 5.0 can refuse it [MQTT-1.5.5-1]") {
    Frame frame;
    const Bytes bytes = hex("30 85 00 0003 612f62");
    REQUIRE(next_frame(as_bytes(bytes), max_varint, frame).status == FrameStatus::whole);
    CHECK(frame.overlong_length);
    CHECK(frame.body.size() == 5);
    CHECK_FALSE(frame_of(hex("30 05 0003 612f62")).overlong_length);
    CHECK_FALSE(frame_of(hex("c0 00")).overlong_length);
}
