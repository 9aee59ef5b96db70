#include "core/readiness.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace rialto;

TEST_CASE("a part is down until it says otherwise") {
    Readiness readiness;
    CHECK(readiness.states().empty());
    Readiness::Part part(readiness, "cache");
    REQUIRE(readiness.states().size() == 1);
    CHECK_FALSE(readiness.states()[0].is_up);
    part.set(true);
    CHECK(readiness.states()[0].is_up);
}

TEST_CASE("parts are told by name, and not after they are gone") {
    Readiness readiness;
    Readiness::Part plant(readiness, "plant");
    std::optional<Readiness::Part> cache(std::in_place, readiness, "cache");
    cache->set(true);
    auto states = readiness.states();
    REQUIRE(states.size() == 2);
    CHECK(states[0].name == "cache");
    CHECK(states[1].name == "plant");
    cache.reset();
    states = readiness.states();
    REQUIRE(states.size() == 1);
    CHECK(states[0].name == "plant");
}

TEST_CASE("a part that takes over the name of another is told beside it until that is gone") {
    Readiness readiness;
    std::optional<Readiness::Part> old(std::in_place, readiness, "cache");
    Readiness::Part next(readiness, "cache");
    next.set(true);
    CHECK_FALSE(readiness.states()[0].is_up);
    old.reset();
    REQUIRE(readiness.states().size() == 1);
    CHECK(readiness.states()[0].is_up);
}
