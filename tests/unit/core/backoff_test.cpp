#include <doctest/doctest.h>

#include "core/backoff.hpp"

using namespace rialto;
using namespace std::chrono_literals;

TEST_CASE("waiting doubles up to the bound, with jitter over the upper half") {
    Backoff backoff(100ms, 1000ms, 1);
    for (const auto bound : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        const auto wait = backoff.next();
        CHECK(wait >= bound / 2);
        CHECK(wait <= bound);
    }
}

TEST_CASE("two clients do not wait alike") {
    Backoff one(10s, 100s, 1);
    Backoff two(10s, 100s, 2);
    CHECK(one.next() != two.next());
}

TEST_CASE("after success the waiting begins anew") {
    Backoff backoff(100ms, 10s, 1);
    for (int i = 0; i < 100; ++i) backoff.next();
    backoff.reset();
    CHECK(backoff.next() <= 100ms);
}
