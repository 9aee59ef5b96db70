#pragma once

#include <functional>
#include <string>
#include <vector>

#include "adapters/redis/streams/arrivals.hpp"
#include "adapters/redis/streams/caller.hpp"
#include "adapters/redis/streams/stream_set.hpp"

namespace rialto::redis::streams {

/// Reads all streams of a set at once, as one consumer of the group: what is ours already first, then what is new. It waits at
/// Redis, and so has a connection of its own. Lives on: one shard.
class Reader {
public:
    /// What may be read in one command, however much credit there is: what bounds one reply.
    static constexpr std::uint64_t most_at_once = 512;

    struct Events {
        std::function<void()> done;       ///< a reply was handled, and the next read may follow
        std::function<void()> keys_gone;  ///< a stream or its group is not there any more
    };

    /// @param wait  how long a read waits at Redis for something new
    Reader(Caller& caller, const Settings& settings, StreamSet& streams, Arrivals& arrivals, std::chrono::milliseconds wait,
           Events events);

    bool is_reading() const noexcept { return is_reading_; }
    /// The connection is gone, or a new one: nothing is under way.
    void reset() noexcept { is_reading_ = false; }
    /// Reads up to about `count` entries. @pre not is_reading(), the connection is open, there are streams, count > 0
    void read(std::uint64_t count);

private:
    void on_reply(const redisReply& reply);
    void take_stream(const redisReply& stream);

    Caller& caller_;
    const Settings& settings_;
    StreamSet& streams_;
    Arrivals& arrivals_;
    const std::string wait_;
    Events events_;
    bool is_reading_ = false;
};

}  // namespace rialto::redis::streams
