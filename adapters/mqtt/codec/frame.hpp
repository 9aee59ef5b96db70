#pragma once

#include "adapters/mqtt/codec/reason_code.hpp"
#include "core/bytes.hpp"

#include <cstdint>

namespace rialto::mqtt {

/// One whole control packet inside received bytes.
struct Frame {
    PacketType type{};
    std::uint8_t flags = 0;  ///< the low four bits of the first byte
    bool overlong_length =
        false;             ///< Remaining Length in more bytes than needed, which 5.0 forbids [MQTT-1.5.5-1]
    ByteView body;         ///< everything after the fixed header
    std::size_t size = 0;  ///< of the whole packet, fixed header included
};

enum class FrameStatus : std::uint8_t { whole, need_more, bad };

/// What next_frame() found; `needed` is the size of the packet where its header is there already, else 0.
struct FrameResult {
    FrameStatus status = FrameStatus::need_more;
    Fault fault;
    std::size_t needed = 0;
};

/// Finds the packet at the start of `bytes` (section 2.1). A packet longer than `limit` bytes is bad as soon
/// as its header is there, so nobody buffers it.
inline FrameResult next_frame(ByteView bytes, std::size_t limit, Frame& out) noexcept {
    if (bytes.size() < 2) return {};
    const std::uint8_t first = bytes[0];
    if (first < 0x10) return {FrameStatus::bad, malformed("packet type 0 is reserved"), 0};
    std::size_t length = 0;
    std::size_t at = 1;
    std::uint8_t byte = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (at == 5) return {FrameStatus::bad, malformed("Remaining Length has more than four bytes"), 0};
        if (at == bytes.size()) return {};
        byte = bytes[at++];
        length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) break;
    }
    const std::size_t size = at + length;
    if (size > limit)
        return {FrameStatus::bad, {ReasonCode::packet_too_large, "packet is over the limit"}, size};
    if (bytes.size() < size) return {FrameStatus::need_more, {}, size};
    out.type = static_cast<PacketType>(first >> 4U);
    out.flags = first & 0x0FU;
    out.overlong_length = byte == 0 && at > 2;
    out.body = bytes.subspan(at, length);
    out.size = size;
    return {FrameStatus::whole, {}, size};
}

}  // namespace rialto::mqtt
