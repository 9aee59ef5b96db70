#include "tests/contract/bench.hpp"
#include "tests/contract/samples.hpp"

using namespace rialto;
using namespace rialto::contract;

namespace {

const bool reads = claimed_abilities().reads;

std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(std::to_string(i));
    return out;
}

}  // namespace

TEST_CASE("a source brings what is published, in order" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"});
    source.reading.on_accept = [&] { source.reading.receipts.back().settle(Outcome::accepted); };
    const auto payloads = numbered(50);
    for (const auto& payload : payloads) bench.other_side->publish({"contract/order", payload});
    REQUIRE(source.has(payloads.size()));
    CHECK(source.reading.payloads() == payloads);
    CHECK(source.reading.topic(0) == "contract/order");
}

TEST_CASE("payloads come as they are, binary, empty and large" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/payload"});
    const auto payloads = awkward_payloads();
    for (const auto& payload : payloads) bench.other_side->publish({"contract/payload", payload});
    REQUIRE(source.has(payloads.size()));
    CHECK(source.reading.payloads() == payloads);
}

TEST_CASE("awkward topics can be asked for by name" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto topics = awkward_topics();
    OpenSource source(bench, *backend, topics);
    for (const auto& topic : topics) bench.other_side->publish({topic, "x"});
    REQUIRE(source.has(topics.size()));
    bench.run_for(a_while);
    CHECK(bench.across_topics(source.reading.topics()) == bench.across_topics(topics));
}

TEST_CASE("awkward topics come through wildcards" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"#"});
    const auto topics = awkward_topics();
    for (const auto& topic : topics) bench.other_side->publish({topic, "x"});
    REQUIRE(source.has(topics.size()));
    CHECK(bench.across_topics(source.reading.topics()) == bench.across_topics(topics));
}

TEST_CASE("a source brings what its patterns ask for and nothing else" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/+/c", "contract/tree/#", "contract/[x]*/+"});
    for (const char* topic : {"contract/c", "contract/b/x/c", "contract/treetop", "contract/x/y", "contract/b/d", "other"}) {
        bench.other_side->publish({topic, "unwanted"});
    }
    for (const char* topic : {"contract/b/c", "contract//c", "contract/tree", "contract/tree/a/b", "contract/[x]*/y"}) {
        bench.other_side->publish({topic, "wanted"});
    }
    REQUIRE(source.has(5));
    bench.run_for(a_while);
    CHECK(source.reading.payloads() == std::vector<std::string>(5, "wanted"));
}

TEST_CASE("a leading wildcard does not ask for topics that start with a dollar sign" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"#", "+/contract"});
    bench.other_side->publish({"$private/contract", "unwanted"});
    bench.other_side->publish({"public/contract", "wanted"});
    REQUIRE(source.has(1));
    bench.run_for(a_while);
    CHECK(source.reading.payloads() == std::vector<std::string>{"wanted"});
}

TEST_CASE("patterns that overlap bring each message once" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend,
                      {"contract/#", "contract/+/c", "contract/b/+", "contract/b/c", "+/b/#", "contract/b/c"});
    bench.other_side->publish({"contract/b/c", "all of them"});
    bench.other_side->publish({"other/b/c", "one of them"});
    bench.other_side->publish({"contract/b", "two of them"});
    REQUIRE(source.has(3));
    bench.run_for(a_while);
    CHECK(bench.across_topics(source.reading.payloads()) ==
          std::vector<std::string>{"all of them", "one of them", "two of them"});
}

TEST_CASE("overlapping patterns none of which contains another bring each message once" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/+/c", "contract/b/+", "+/b/c"});
    for (const char* topic : {"contract/b/c", "contract/x/c", "contract/b/x", "x/b/c", "contract/x/x"}) {
        bench.other_side->publish({topic, topic});
    }
    REQUIRE(source.has(4));
    bench.run_for(a_while);
    CHECK(bench.across_topics(source.reading.payloads()) ==
          bench.across_topics({"contract/b/c", "contract/x/c", "contract/b/x", "x/b/c"}));
}

TEST_CASE("a source without credit brings nothing" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"}, 0);
    bench.other_side->publish({"contract/a", "1"});
    bench.run_for(a_while);
    CHECK(source.reading.count() == 0);
    source.source->grant(1);
    CHECK(source.has(1));
}

TEST_CASE("a source brings as many messages as it has credit for, and more with more" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"}, 3);
    const auto payloads = numbered(10);
    for (const auto& payload : payloads) bench.other_side->publish({"contract/credit", payload});
    REQUIRE(source.has(3));
    bench.run_for(a_while);
    CHECK(source.reading.count() == 3);
    source.settle_all();
    source.source->grant(2);
    REQUIRE(source.has(5));
    bench.run_for(a_while);
    CHECK(source.reading.count() == 5);
    source.settle_all();
    source.source->grant(100);
    REQUIRE(source.has(10));
    CHECK(source.reading.payloads() == payloads);
}

TEST_CASE("credit may be granted from within accept()" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"}, 0);
    source.reading.on_accept = [&] {
        source.reading.receipts.back().settle(Outcome::accepted);
        source.source->grant(1);
    };
    source.source->grant(1);
    const auto payloads = numbered(20);
    for (const auto& payload : payloads) bench.other_side->publish({"contract/credit", payload});
    REQUIRE(source.has(20));
    CHECK(source.reading.payloads() == payloads);
}

TEST_CASE("the last value comes with its retain flag" * doctest::skip(!reads || !claimed_abilities().keeps_retained)) {
    Bench bench;
    bench.other_side->publish({"contract/last", "old", true});
    bench.other_side->publish({"contract/last", "kept", true});
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"});
    REQUIRE(source.has(1));
    CHECK(source.reading.payload(0) == "kept");
    CHECK(source.reading.messages[0]->is_retained());
}
