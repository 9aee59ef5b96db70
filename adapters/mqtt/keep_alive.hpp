#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace rialto::mqtt {

/// How long a client may be silent.
///
/// @param keep_alive  seconds agreed on in CONNECT and CONNACK, 0..65535; 0 switches the check off
/// @return            one and a half times that, or nothing when the check is off; cannot overflow
/// @source            MQTT 5.0 section 3.1.2.10 [MQTT-3.1.2-22]
inline std::optional<std::chrono::milliseconds> longest_silence(std::uint16_t keep_alive) noexcept {
    if (keep_alive == 0) return std::nullopt;
    return std::chrono::milliseconds(std::int64_t{keep_alive} * 1500);
}

}  // namespace rialto::mqtt
