#include <doctest/doctest.h>

#include "bridge/echo_guard.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using namespace std::chrono_literals;
using bridge::EchoGuard;
using test::message;

TEST_CASE("an echo is taken out once for each time it was sent") {
    EchoGuard guard;
    const Instant now = Instant{} + 1h;
    guard.sent(*message("a", "1"), now);
    guard.sent(*message("a", "1"), now);
    CHECK(guard.is_echo(*message("a", "1"), now));
    CHECK(guard.is_echo(*message("a", "1"), now));
    CHECK_FALSE(guard.is_echo(*message("a", "1"), now));
}

TEST_CASE("topic and payload both count, and where one ends") {
    EchoGuard guard;
    const Instant now = Instant{} + 1h;
    guard.sent(*message("ab", "c"), now);
    CHECK_FALSE(guard.is_echo(*message("a", "bc"), now));
    CHECK_FALSE(guard.is_echo(*message("ab", "x"), now));
    CHECK(guard.is_echo(*message("ab", "c"), now));
}

TEST_CASE("an echo that never came is forgotten after a while") {
    EchoGuard guard;
    const Instant now = Instant{} + 1h;
    guard.sent(*message("a"), now);
    CHECK_FALSE(guard.is_echo(*message("a"), now + EchoGuard::memory + 1s));
}

TEST_CASE("forgetting an old echo leaves the newer one of an equal message") {
    EchoGuard guard;
    const Instant now = Instant{} + 1h;
    guard.sent(*message("a"), now);
    CHECK(guard.is_echo(*message("a"), now));
    guard.sent(*message("a"), now + 9s);
    CHECK(guard.is_echo(*message("a"), now + 12s));
}
