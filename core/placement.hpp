#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "core/interest.hpp"

namespace rialto {

/// Chooses the shard of each new connection. While there are few, all of them live on the first shard: what one client
/// sends reaches another without waking a second thread, which takes longer than all else that is done for a message.
/// From then on each goes where there are fewest. @thread any
class Placement {
public:
    static constexpr std::size_t few = 32;

    explicit Placement(std::size_t shard_count) noexcept : shard_count_(shard_count) {}

    /// From the first connection on, each goes where there are fewest. Before any is placed.
    void spread() noexcept { few_ = 0; }

    std::size_t shard_count() const noexcept { return shard_count_; }
    /// The index of a shard, where the connection counts from now on.
    std::size_t choose() noexcept {
        std::size_t best = 0;
        for (std::size_t i = 0; i < shard_count_ && count(best) >= few_; ++i) {
            if (count(i) < count(best)) best = i;
        }
        ++counts_[best];
        return best;
    }
    void moved(std::size_t from, std::size_t to) noexcept {
        ++counts_[to];
        --counts_[from];
    }
    void left(std::size_t index) noexcept { --counts_[index]; }

    std::size_t count(std::size_t index) const noexcept { return counts_[index].load(std::memory_order_relaxed); }

private:
    std::size_t shard_count_;
    std::size_t few_ = few;
    std::array<std::atomic<std::size_t>, max_shards> counts_{};
};

}  // namespace rialto
