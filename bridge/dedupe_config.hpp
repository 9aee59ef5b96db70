#pragma once

#include <chrono>
#include <cstdint>

namespace rialto::bridge {

/// `dedupe` of a route.
struct DedupeConfig {
    enum class By : std::uint8_t {
        message_id,  ///< a message without one always passes
        payload,     ///< and topic
    };
    By by = By::message_id;
    std::chrono::milliseconds window{};

    friend bool operator==(const DedupeConfig&, const DedupeConfig&) = default;
};

}  // namespace rialto::bridge
