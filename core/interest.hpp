#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/topic.hpp"

namespace rialto {

/// A set of shards, one bit each.
using ShardSet = std::uint64_t;
inline constexpr std::size_t max_shards = 64;

/// Which shards have subscribers below which first level, so that a message is only sent to shards that may want it.
/// A subscription is seen by every publish that begins after add() returned. @thread any
class Interest {
public:
    void add(std::size_t shard, const TopicFilter& filter) { count(shard, filter, +1); }
    void remove(std::size_t shard, const TopicFilter& filter) { count(shard, filter, -1); }

    /// The shards with a subscriber that may match `topic`.
    ShardSet shards_for(std::string_view topic) const;

    /// Changes with every change of an answer that shards_for() may give; answers may be kept while it stays.
    std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    /// Says that other knowledge which is kept by version has changed too.
    void touch() noexcept { version_.fetch_add(1, std::memory_order_acq_rel); }

private:
    struct Level {
        std::vector<std::uint32_t> subscriptions;  // by shard
        ShardSet shards = 0;
    };

    void count(std::size_t shard, const TopicFilter& filter, int step);

    mutable std::mutex mutex_;
    std::map<std::string, Level, std::less<>> levels_;  // "+" stands for every wildcard
    std::atomic<std::uint64_t> version_{1};
};

}  // namespace rialto
