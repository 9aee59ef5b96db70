#pragma once

#include "tests/bench/failure.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bench {

using Bytes = std::span<const std::uint8_t>;

enum class Version : std::uint8_t { v311 = 4, v5 = 5 };

namespace packet {
constexpr std::uint8_t connack = 0x20;
constexpr std::uint8_t publish = 0x30;
constexpr std::uint8_t puback = 0x40;
constexpr std::uint8_t suback = 0x90;
}  // namespace packet

/// CONNECT with a clean session and no keep-alive.
std::string connect_packet(Version version, std::string_view client_id);

/// SUBSCRIBE with packet id 1 to one filter.
std::string subscribe_packet(Version version, std::string_view filter, int qos);

/// A PUBLISH to be sent many times with another packet id and another stamp at the start of the payload.
struct PublishFrame {
    std::string bytes;
    std::size_t packet_id_at = 0;  ///< 0 at QoS 0, which has no packet id
    std::size_t payload_at = 0;
};
PublishFrame publish_frame(Version version, std::string_view topic, int qos, std::size_t payload_size);

/// How many PUBLISH packets the server wants unacknowledged at once. Fails when CONNACK is a refusal.
/// @param body  CONNACK without its fixed header
/// @source      MQTT 5.0 section 3.2.2.3.3 (65,535 when absent, and always for 3.1.1)
std::uint16_t receive_maximum_of(Version version, Bytes connack_body);

inline std::uint16_t read_u16(const std::uint8_t* at) {
    return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

inline void write_u16(std::uint8_t* at, std::uint16_t value) {
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}

/// The lengths in a packet's fixed header.
struct PacketSize {
    std::size_t header;
    std::size_t body;
};

/// Nothing while the fixed header is incomplete.
inline std::optional<PacketSize> packet_size(Bytes bytes) {
    std::size_t body = 0;
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        body |= static_cast<std::size_t>(bytes[i] & 0x7f) << 7 * (i - 1);
        if ((bytes[i] & 0x80) == 0) return PacketSize{i + 1, body};
        if (i == 4) throw Failure("a packet's length has more than four bytes");
    }
    return std::nullopt;
}

/// Calls `on_packet(first_byte, body)` for each whole packet in `bytes`; returns how many bytes they took.
template <typename OnPacket> std::size_t for_each_packet(Bytes bytes, OnPacket&& on_packet) {
    std::size_t used = 0;
    while (const auto size = packet_size(bytes.subspan(used))) {
        if (bytes.size() - used < size->header + size->body) break;
        on_packet(bytes[used], bytes.subspan(used + size->header, size->body));
        used += size->header + size->body;
    }
    return used;
}

}  // namespace bench
