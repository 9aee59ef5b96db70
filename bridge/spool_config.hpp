#pragma once

#include <chrono>
#include <cstdint>

namespace rialto::bridge {

/// `spool` of a backend.
struct SpoolConfig {
    enum class WhenFull : std::uint8_t {
        block,  ///< sources wait; of those that can't, the newest are dropped
        drop_oldest,
        drop_newest,
    };
    std::uint64_t max_bytes = 0;
    std::chrono::milliseconds max_age{};  ///< 0: for ever
    WhenFull when_full = WhenFull::block;

    friend bool operator==(const SpoolConfig&, const SpoolConfig&) = default;
};

}  // namespace rialto::bridge
