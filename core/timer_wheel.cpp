#include "core/timer_wheel.hpp"

#include <algorithm>

namespace rialto {

void TimerWheel::arm(Timer& timer, Instant due) {
    timer.unlink();
    timer.due_ = due;
    // Rounded up, so that a timer never fires early; and never into a tick that has passed.
    const auto at = std::max(tick_of(due + tick - Instant::duration{1}), passed_ + 1);
    slots_[static_cast<std::size_t>(at) % slot_count].push_back(timer);
}

void TimerWheel::advance(Instant now) {
    const auto until = tick_of(now);
    const auto steps = std::min<std::int64_t>(until - passed_, slot_count);
    for (std::int64_t step = steps - 1; step >= 0; --step) {
        passed_ = until - step;
        fire(slots_[static_cast<std::size_t>(passed_) % slot_count], now);
    }
}

bool TimerWheel::is_empty() const noexcept {
    return std::all_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.empty(); });
}

void TimerWheel::fire(Slot& slot, Instant now) {
    Slot due;
    for (auto at = slot.begin(); at != slot.end();) {
        Timer& timer = *at++;
        if (timer.due_ > now) continue;  // of a later round
        timer.unlink();
        due.push_back(timer);
    }
    // A callback may cancel or destroy any timer, its own and the others that are due among them: each unlinks itself.
    while (!due.empty()) {
        Timer& timer = due.front();
        timer.unlink();
        const auto fired = timer.fired_;
        fired();
    }
}

}  // namespace rialto
