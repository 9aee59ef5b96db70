#include <doctest/doctest.h>

#include <memory>

#include "core/timer_wheel.hpp"

using namespace rialto;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    Instant now = Instant{} + 1h;
    TimerWheel wheel{now};
    int fired = 0;
    Timer timer{[this] { ++fired; }};

    void pass(Clock::duration time) {
        now += time;
        wheel.advance(now);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a timer fires once, not before its time") {
    wheel.arm(timer, now + 1s);
    pass(999ms);
    CHECK(fired == 0);
    pass(1ms + TimerWheel::tick);
    CHECK(fired == 1);
    pass(1h);
    CHECK(fired == 1);
}

TEST_CASE_FIXTURE(Fixture, "a timer that is armed anew forgets its old time") {
    wheel.arm(timer, now + 1s);
    pass(900ms);
    wheel.arm(timer, now + 1s);
    pass(900ms);
    CHECK(fired == 0);
    pass(200ms);
    CHECK(fired == 1);
}

TEST_CASE_FIXTURE(Fixture, "timers beyond one round of the wheel wait for theirs") {
    wheel.arm(timer, now + 10min);
    for (int i = 0; i < 599; ++i) pass(1s);
    CHECK(fired == 0);
    pass(2s);
    CHECK(fired == 1);
}

TEST_CASE_FIXTURE(Fixture, "a long pause fires all that became due in it") {
    Timer other{[this] { ++fired; }};
    wheel.arm(timer, now + 1s);
    wheel.arm(other, now + 200s);
    pass(1h);
    CHECK(fired == 2);
}

TEST_CASE_FIXTURE(Fixture, "a cancelled or destroyed timer does not fire") {
    wheel.arm(timer, now + 1s);
    auto gone = std::make_unique<Timer>([this] { ++fired; });
    wheel.arm(*gone, now + 1s);
    timer.cancel();
    gone.reset();
    pass(2s);
    CHECK(fired == 0);
    CHECK(wheel.is_empty());
}

TEST_CASE_FIXTURE(Fixture, "a callback may destroy its own timer and others that are due") {
    auto one = std::make_unique<Timer>([] {});
    std::unique_ptr<Timer> two;
    two = std::make_unique<Timer>([&] {
        ++fired;
        one.reset();
        two.reset();
    });
    wheel.arm(*two, now + 1s);
    wheel.arm(*one, now + 1s);
    pass(2s);
    CHECK(fired == 1);
}
