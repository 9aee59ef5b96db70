#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace rialto {

/// How long to wait before the next try: doubles from `first` to `most`, with full jitter, so that a thousand clients
/// of a broker that comes back do not come back at once. Lives on: one shard.
class Backoff {
public:
    using Duration = std::chrono::milliseconds;

    explicit Backoff(Duration first = Duration(100), Duration most = Duration(10'000),
                     std::uint64_t seed = std::random_device{}())
        : first_(first), most_(most), random_(seed) {}

    /// Between half of the bound and the bound, which doubles with each call.
    Duration next() { return after(tries_++); }
    /// The same after so many tries that its user counts by itself, as where many share one.
    Duration after(int tries) {
        const Duration bound = std::min<Duration>(most_, first_ * (Duration::rep{1} << std::min(tries, 20)));
        return Duration(std::uniform_int_distribution<Duration::rep>(bound.count() / 2, bound.count())(random_));
    }
    /// It worked: begin anew.
    void reset() noexcept { tries_ = 0; }
    int tries() const noexcept { return tries_; }

private:
    Duration first_;
    Duration most_;
    int tries_ = 0;
    std::mt19937 random_;
};

}  // namespace rialto
