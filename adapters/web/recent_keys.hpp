#pragma once

#include "core/clock.hpp"
#include "core/receipt.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace rialto::web {

/// What became of publishes that carried an idempotency key, so that one that comes again after a reconnect
/// is answered and not published again. Kept for two minutes, and at most 100,000 of them. @thread any
class RecentKeys {
public:
    struct Settled {
        Outcome outcome;
        std::uint64_t sequence;
    };
    using Waiter = std::function<void(const Settled&)>;

    enum class Standing : std::uint8_t {
        fresh,     ///< not seen yet: publish it, then call settle()
        repeated,  ///< `waiter` was called, or will be when the first publish has settled
    };
    /// @param waiter  called at most once, on any thread, maybe from within this call
    Standing begin(const std::string& key, Instant now, const Waiter& waiter);

    /// A publish that did not succeed is forgotten: it may be tried again.
    void settle(const std::string& key, const Settled& settled);

private:
    struct Known {
        bool is_settled = false;
        Settled settled{};
        std::vector<Waiter> waiters;
    };
    struct Aged {
        Instant until;
        std::string key;
    };

    static constexpr std::size_t most_keys = 100'000;

    /// @return the waiters of those that were still not settled
    std::vector<Waiter> forget_old(Instant now);

    std::mutex mutex_;
    std::unordered_map<std::string, Known> known_;
    std::deque<Aged> by_age_;
};

}  // namespace rialto::web
