#pragma once

#include <string>

#include "adapters/redis/streams/arrivals.hpp"
#include "adapters/redis/streams/caller.hpp"
#include "adapters/redis/streams/stream_set.hpp"

namespace rialto::redis::streams {

/// Now and then tells Redis that what is unsettled here is still ours, and takes over what other consumers have left: those
/// that are gone say nothing of the kind. Lives on: one shard.
class Claims {
public:
    Claims(Shard& shard, Caller& caller, const Settings& settings, StreamSet& streams, Intake& intake, Arrivals& arrivals);

    void start();
    void stop() noexcept { timer_.cancel(); }
    /// Where the last portion was not all, the next one follows as soon as there is room.
    void go_on() {
        if (has_more_ && unanswered_ == 0) take_over();
    }

private:
    /// What is abandoned in one stream is taken over in portions of so many.
    static constexpr std::uint64_t most_at_once = 100;

    void on_timer();
    void keep_ours();
    void take_over();
    void on_claimed(const std::string& key, const redisReply& reply);

    Shard& shard_;
    Caller& caller_;
    const Settings& settings_;
    StreamSet& streams_;
    Intake& intake_;
    Arrivals& arrivals_;
    const std::chrono::milliseconds period_;
    Timer timer_;
    std::size_t unanswered_ = 0;  ///< claims
    bool has_more_ = false;
    bool can_claim_ = true;  ///< XAUTOCLAIM is there
};

}  // namespace rialto::redis::streams
