#include "core/placement.hpp"

#include <doctest/doctest.h>

using namespace rialto;

TEST_CASE("a few connections share one shard, and the next ones fill the others first") {
    Placement placement(3);
    for (std::size_t i = 0; i < Placement::few; ++i) CHECK(placement.choose() == 0);
    for (std::size_t i = 0; i < Placement::few * 2; ++i) CHECK(placement.choose() != 0);
    for (std::size_t i = 0; i < 300; ++i) placement.choose();
    CHECK(placement.count(0) == Placement::few + 100);
    CHECK(placement.count(1) == Placement::few + 100);
    CHECK(placement.count(2) == Placement::few + 100);
}

TEST_CASE("a connection that left makes room, and one that moved counts where it is") {
    Placement placement(2);
    for (std::size_t i = 0; i < Placement::few; ++i) placement.choose();
    CHECK(placement.choose() == 1);
    placement.left(0);
    CHECK(placement.choose() == 0);
    placement.moved(0, 1);
    CHECK(placement.count(0) == Placement::few - 1);
    CHECK(placement.count(1) == 2);
    CHECK(placement.choose() == 0);
}

TEST_CASE("spread, connections alternate from the first on") {
    Placement placement(2);
    placement.spread();
    CHECK(placement.choose() == 0);
    CHECK(placement.choose() == 1);
    CHECK(placement.choose() == 0);
}
