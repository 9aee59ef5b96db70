#include <doctest/doctest.h>

#include "core/receipt.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using test::Publisher;

namespace {

struct Fixture {
    Shard shard{0};
    Ref<Publisher> publisher{new Publisher(shard)};

    Receipt receipt(std::uint64_t token) { return Receipt(publisher, token); }
    void run() { shard.run_ready(); }
};

using Heard = std::vector<std::pair<std::uint64_t, Outcome>>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the settler hears once, after the last share is settled") {
    auto first = receipt(7);
    auto second = first.share();
    first.settle(Outcome::accepted);
    run();
    CHECK(publisher->heard.empty());
    second.settle(Outcome::accepted);
    run();
    CHECK(publisher->heard == Heard{{7, Outcome::accepted}});
}

TEST_CASE_FIXTURE(Fixture, "a receipt that is dropped asks for a retry") {
    { const auto dropped = receipt(1); }
    run();
    CHECK(publisher->heard == Heard{{1, Outcome::released}});
}

TEST_CASE_FIXTURE(Fixture, "the worst outcome wins, and wanting it again is worse than refusing it") {
    auto first = receipt(1);
    auto second = first.share();
    auto third = first.share();
    first.settle(Outcome::rejected);
    second.settle(Outcome::released);
    third.settle(Outcome::accepted);
    run();
    CHECK(publisher->heard == Heard{{1, Outcome::released}});
}

TEST_CASE_FIXTURE(Fixture, "assigning over a receipt drops the old one") {
    auto kept = receipt(1);
    kept = receipt(2);
    kept.settle(Outcome::accepted);
    run();
    CHECK(publisher->heard == Heard{{1, Outcome::released}, {2, Outcome::accepted}});
}

TEST_CASE("an empty receipt asks for nothing") {
    Receipt none;
    CHECK(none.empty());
    CHECK(none.share().empty());
    none.settle(Outcome::released);
}

TEST_CASE_FIXTURE(Fixture, "settling twice says nothing twice") {
    auto once = receipt(3);
    once.settle(Outcome::accepted);
    once.settle(Outcome::released);
    run();
    CHECK(publisher->heard.size() == 1);
}
