#include "adapters/web/recent_keys.hpp"

#include <optional>
#include <utility>

namespace rialto::web {
namespace {

constexpr auto kept_for = std::chrono::minutes(2);

}  // namespace

RecentKeys::Standing RecentKeys::begin(const std::string& key, Instant now, const Waiter& waiter) {
    std::optional<Settled> settled;
    std::vector<Waiter> given_up;
    Standing standing = Standing::repeated;
    {
        const std::lock_guard lock(mutex_);
        given_up = forget_old(now);
        const auto [at, is_new] = known_.try_emplace(key);
        if (is_new) {
            by_age_.push_back({now + kept_for, key});
            standing = Standing::fresh;
        } else if (at->second.is_settled) {
            settled = at->second.settled;
        } else {
            at->second.waiters.push_back(waiter);
        }
    }
    if (settled) waiter(*settled);
    for (const auto& each : given_up) each({Outcome::released, 0});
    return standing;
}

void RecentKeys::settle(const std::string& key, const Settled& settled) {
    std::vector<Waiter> waiters;
    {
        const std::lock_guard lock(mutex_);
        const auto at = known_.find(key);
        if (at == known_.end()) return;
        waiters = std::exchange(at->second.waiters, {});
        if (settled.outcome == Outcome::accepted) {
            at->second.is_settled = true;
            at->second.settled = settled;
        } else {
            known_.erase(at);
        }
    }
    for (const auto& waiter : waiters) waiter(settled);
}

// A key that failed and came again stands here twice; the first of them forgets it a little early.
std::vector<RecentKeys::Waiter> RecentKeys::forget_old(Instant now) {
    std::vector<Waiter> given_up;
    while (!by_age_.empty() && (by_age_.front().until <= now || by_age_.size() > most_keys)) {
        if (const auto at = known_.find(by_age_.front().key); at != known_.end()) {
            for (auto& waiter : at->second.waiters) given_up.push_back(std::move(waiter));
            known_.erase(at);
        }
        by_age_.pop_front();
    }
    return given_up;
}

}  // namespace rialto::web
