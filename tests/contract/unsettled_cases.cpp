#include "tests/contract/bench.hpp"

// What the other side keeps until it is told that the message is safe.

using namespace rialto;
using namespace rialto::contract;

namespace {

const bool holds = claimed_abilities().reads && claimed_abilities().holds_unsettled;
using Payloads = std::vector<std::string>;

/// A source that brought the messages "1", "2" and "3" and settled nothing.
struct ThreeUnsettled {
    ThreeUnsettled() {
        for (const char* payload : {"1", "2", "3"}) bench.other_side->publish({"contract/held", payload});
        REQUIRE(source.has(3));
    }
    /// What comes with the next connection.
    Payloads brought_again(std::size_t count) {
        const std::size_t before = source.reading.count();
        source.open(1000);
        REQUIRE(source.has(before + count));
        bench.run_for(a_while);
        const auto all = source.reading.payloads();
        return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
    }

    Bench bench;
    std::unique_ptr<Backend> backend = bench.backend();
    OpenSource source{bench, *backend, {"contract/#"}};
};

}  // namespace

TEST_CASE_FIXTURE(ThreeUnsettled, "what was not settled comes again after close" * doctest::skip(!holds)) {
    source.close();
    CHECK(brought_again(3) == Payloads{"1", "2", "3"});
}

TEST_CASE_FIXTURE(ThreeUnsettled, "what was settled does not come again" * doctest::skip(!holds)) {
    source.reading.receipts[0].settle(Outcome::accepted);
    bench.run_for(a_while);
    source.close();
    CHECK(brought_again(2) == Payloads{"2", "3"});
}

TEST_CASE_FIXTURE(ThreeUnsettled, "what was refused for good does not come again" * doctest::skip(!holds)) {
    source.reading.receipts[0].settle(Outcome::rejected);
    bench.run_for(a_while);
    source.close();
    CHECK(brought_again(2) == Payloads{"2", "3"});
}

TEST_CASE_FIXTURE(ThreeUnsettled, "what was released comes again" * doctest::skip(!holds)) {
    source.reading.receipts[0].settle(Outcome::accepted);
    source.reading.receipts[1].settle(Outcome::released);
    source.reading.receipts[2].settle(Outcome::released);
    bench.run_for(a_while);
    source.close();
    CHECK(brought_again(2) == Payloads{"2", "3"});
}

TEST_CASE_FIXTURE(ThreeUnsettled, "settling out of order settles all in the end" * doctest::skip(!holds)) {
    for (const std::size_t at : {2U, 0U, 1U}) source.reading.receipts[at].settle(Outcome::accepted);
    bench.run_for(a_while);
    source.close();
    CHECK(brought_again(0).empty());
}

TEST_CASE_FIXTURE(ThreeUnsettled, "what was not settled comes again after a loss" * doctest::skip(!holds)) {
    source.reading.receipts[0].settle(Outcome::accepted);
    bench.run_for(a_while);
    bench.other_side->stop();
    REQUIRE(bench.until([&] { return !source.reading.losses.empty(); }));
    bench.other_side->restart();
    CHECK(brought_again(2) == Payloads{"2", "3"});
}

TEST_CASE_FIXTURE(ThreeUnsettled, "a receipt of an earlier connection settles nothing of this one" * doctest::skip(!holds)) {
    source.close();
    CHECK(brought_again(3) == Payloads{"1", "2", "3"});
    for (std::size_t i = 0; i < 3; ++i) source.reading.receipts[i].settle(Outcome::accepted);
    bench.run_for(a_while);
    source.close();
    CHECK(brought_again(3) == Payloads{"1", "2", "3"});
}

TEST_CASE_FIXTURE(ThreeUnsettled, "what is published while it is closed comes later" * doctest::skip(!holds)) {
    source.settle_all();
    bench.run_for(a_while);
    source.close();
    bench.other_side->publish({"contract/held", "meanwhile"});
    CHECK(brought_again(1) == Payloads{"meanwhile"});
}

TEST_CASE("no more than the credit is unsettled, however many wait" * doctest::skip(!holds)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"}, 10);
    constexpr std::size_t all = 200;
    std::size_t unsettled = 0;
    std::size_t most = 0;
    source.reading.on_accept = [&] { most = std::max(most, ++unsettled); };
    for (std::size_t i = 0; i < all; ++i) bench.other_side->publish({"contract/held", std::to_string(i)});
    for (std::size_t settled = 0; settled < all; ++settled) {
        REQUIRE(source.has(settled + 1));
        source.reading.receipts[settled].settle(Outcome::accepted);
        --unsettled;
        source.source->grant(1);
    }
    bench.run_for(a_while);
    CHECK(most <= 10);  // brokers that answer slowly may not fill it each time
    CHECK(source.reading.count() == all);
}
