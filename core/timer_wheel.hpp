#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "core/clock.hpp"

namespace rialto {

class TimerWheel;

/// Calls a function once after a delay, unless it is armed anew or destroyed before. Costs no allocation to arm.
/// Lives on: the shard of its wheel; must not outlive the wheel. The callback may destroy the timer.
class Timer : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    explicit Timer(std::function<void()> fired) : fired_(std::move(fired)) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    bool is_armed() const noexcept { return is_linked(); }
    void cancel() noexcept { unlink(); }

private:
    friend class TimerWheel;

    std::function<void()> fired_;
    Instant due_{};
};

/// Timers by the tick they are due in: arming and cancelling cost the same for one and for a million. A timer fires at
/// or up to one tick after its time, never before. Lives on: one shard.
class TimerWheel {
public:
    static constexpr std::chrono::milliseconds tick{50};

    explicit TimerWheel(Instant now) : passed_(tick_of(now)) {}

    void arm(Timer& timer, Instant due);
    /// Fires what is due by `now`.
    void advance(Instant now);
    bool is_empty() const noexcept;

private:
    static constexpr std::size_t slot_count = 1024;  // 51 s a round: keep-alives of a minute are seen twice
    using Slot = boost::intrusive::list<Timer, boost::intrusive::constant_time_size<false>>;

    static std::int64_t tick_of(Instant at) noexcept { return at.time_since_epoch() / tick; }
    void fire(Slot& slot, Instant now);

    std::array<Slot, slot_count> slots_;
    std::int64_t passed_;  ///< the last tick whose timers were fired
};

}  // namespace rialto
