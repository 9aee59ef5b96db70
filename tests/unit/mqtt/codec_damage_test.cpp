#include "tests/unit/mqtt/packets_under_test.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

/// The packet's first `body` bytes of body, under a header that says so.
Bytes shortened(const Bytes& bytes, std::size_t body) {
    Bytes cut = bytes.substr(0, 2 + body);
    cut[1] = static_cast<char>(body);
    return cut;
}

}  // namespace

TEST_CASE("the start of a packet is never taken for the whole") {
    for (const Golden& golden : golden_packets()) {
        for (std::size_t length = 0; length < golden.bytes.size(); ++length) {
            CAPTURE(golden.what);
            CAPTURE(length);
            Frame frame;
            const Bytes part = golden.bytes.substr(0, length);
            CHECK(next_frame(as_bytes(part), max_varint, frame).status == FrameStatus::need_more);
        }
    }
}

// A cut is no fault where the standard lets a field be left out, or where a payload just ends earlier. What
// still decodes must then be a packet in its own right: it encodes to what was read.
TEST_CASE("a body cut short is a fault or a shorter packet, never a read past its end") {
    int faults = 0;
    for (const Golden& golden : golden_packets()) {
        for (std::size_t body = 0; body + 2 < golden.bytes.size(); ++body) {
            CAPTURE(golden.what);
            CAPTURE(body);
            const Bytes cut = shortened(golden.bytes, body);
            const Frame frame = frame_of(cut);
            if (const Fault fault = decode_any(frame, golden.version)) {
                CHECK(is_failure(fault.reason));
                ++faults;
                continue;
            }
            const Bytes again = recode(frame, golden.version);
            CHECK_FALSE(decode_any(frame_of(again), golden.version));
        }
    }
    CHECK(faults > 300);
}

TEST_CASE("a cut CONNECT is always malformed") {
    for (const Golden& golden : golden_packets()) {
        if (golden.bytes[0] != 0x10) continue;
        for (std::size_t body = 0; body + 2 < golden.bytes.size(); ++body) {
            CAPTURE(golden.what);
            CAPTURE(body);
            Connect packet;
            const Bytes cut = shortened(golden.bytes, body);
            CHECK(decode(frame_of(cut), packet).reason == ReasonCode::malformed_packet);
        }
    }
}

TEST_CASE("bytes after the last field are malformed") {
    for (const Golden& golden : golden_packets()) {
        const auto type = static_cast<PacketType>(static_cast<unsigned char>(golden.bytes[0]) >> 4U);
        // A PUBLISH ends with a payload of any length, the list packets with one entry more.
        if (type == PacketType::publish || type == PacketType::subscribe || type == PacketType::unsubscribe)
            continue;
        if (type == PacketType::suback || type == PacketType::unsuback) continue;
        // These have room for a reason or properties.
        if (golden.version == Version::v5 && golden.bytes.size() <= 5) continue;
        CAPTURE(golden.what);
        Bytes longer = golden.bytes + '\x7f';
        longer[1] = static_cast<char>(longer.size() - 2);
        CHECK(decode_any(frame_of(longer), golden.version));
    }
}

TEST_CASE("no flipped bit of a golden packet leads astray") {
    constexpr std::array versions{Version::v31, Version::v311, Version::v5};
    for (const Golden& golden : golden_packets()) {
        for (std::size_t bit = 0; bit < golden.bytes.size() * 8; ++bit) {
            Bytes damaged = golden.bytes;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
            Frame frame;
            if (next_frame(as_bytes(damaged), max_varint, frame).status != FrameStatus::whole) continue;
            for (const Version version : versions) {
                const Fault fault = decode_any(frame, version);
                CHECK((!fault || is_failure(fault.reason)));
            }
        }
    }
}
