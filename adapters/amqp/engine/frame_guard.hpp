#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string_view>

#include "core/bytes.hpp"
#include "core/error.hpp"

namespace rialto::amqp {

/// What a peer's frames may be.
struct FrameLimits {
    std::uint32_t frame_size = 64 * 1024;  ///< octets; what the open frame promises [AMQP 2.7.1 max-frame-size]
    std::uint32_t handles = 1024;          ///< link handles of one session are numbered below this
    std::uint32_t channels = 256;          ///< sessions
};

/// Reads the frames that a peer sent before Proton does, and lets through only those whose performative is what the
/// specification says: Proton 0.37 ends the process on some that are not (PROTON-2853). Frames reach Proton whole.
/// Knows of each link only whether a delivery is half done. Lives on: one shard. @source AMQP 1.0 part 2, sections 2.3 and 2.7
class FrameGuard {
public:
    explicit FrameGuard(const FrameLimits& limits) noexcept : limits_(limits) {}

    /// The octets at the front of `bytes` that are whole and sound: protocol headers and frames. What follows them is the
    /// beginning of another, of which more has to come.
    /// @error protocol, over_limit  the peer broke the rules: end the connection
    Result<std::size_t> check(ByteView bytes);

private:
    Result<void> check_frame(std::string_view frame);
    Result<void> check_performative(std::uint16_t channel, std::string_view body);
    Result<void> check_transfer(std::uint16_t channel, std::string_view fields, std::uint32_t count);

    FrameLimits limits_;
    bool is_open_ = false;       ///< an open frame went through
    bool is_closed_ = false;     ///< a close frame did: nothing else may come
    boost::unordered_flat_map<std::uint64_t, bool> half_done_;  ///< by channel and handle: "more" was said
};

}  // namespace rialto::amqp
