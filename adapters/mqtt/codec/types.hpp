#pragma once

#include "core/message.hpp"

#include <cstdint>
#include <string_view>

namespace rialto::mqtt {

/// The three dialects that one port speaks. The values are the Protocol Level of CONNECT.
enum class Version : std::uint8_t { v31 = 3, v311 = 4, v5 = 5 };

/// MQTT 5.0 section 2.1.2. AUTH exists in 5.0 alone.
enum class PacketType : std::uint8_t {
    connect = 1,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    pingreq,
    pingresp,
    disconnect,
    auth,
};

using rialto::Qos;

/// The two bytes that tie an acknowledgement to what it acknowledges; 1..65535 on the wire, 0 where there is
/// none.
using PacketId = std::uint16_t;

/// "CONNECT" ... "AUTH", as the standard writes them.
std::string_view name(PacketType type) noexcept;

}  // namespace rialto::mqtt
