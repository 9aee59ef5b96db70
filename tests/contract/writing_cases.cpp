#include "tests/contract/bench.hpp"
#include "tests/contract/samples.hpp"

using namespace rialto;
using namespace rialto::contract;

namespace {

const bool writes = claimed_abilities().writes;
const bool confirms = writes && claimed_abilities().confirms;
const bool does_both = writes && claimed_abilities().reads;

using Settled = std::vector<Writing::Settled>;

Settled all_settled(std::uint64_t count, Outcome outcome) {
    Settled out;
    for (std::uint64_t token = 0; token < count; ++token) out.emplace_back(token, outcome);
    return out;
}

}  // namespace

TEST_CASE("a sink delivers what it is sent, in order" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto reader = bench.other_side->read("contract/#");
    OpenSink sink(bench, *backend);
    for (int i = 0; i < 100; ++i) sink.send({"contract/order", std::to_string(i)});
    REQUIRE(sink.has_settled(100));
    CHECK(sink.writing.settled == all_settled(100, Outcome::accepted));
    for (int i = 0; i < 100; ++i) REQUIRE(bench.next(*reader) == Raw{"contract/order", std::to_string(i)});
}

TEST_CASE("a sink takes many more messages than its window" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSink sink(bench, *backend);
    REQUIRE(sink.sink->window() > 0);
    const std::uint64_t count = 3 * sink.sink->window() + 7;
    for (std::uint64_t i = 0; i < count; ++i) sink.send({"contract/many", std::to_string(i)});
    REQUIRE(sink.has_settled(count));
    CHECK(sink.writing.settled == all_settled(count, Outcome::accepted));
}

TEST_CASE("a sink leaves payloads as they are, binary, empty and large" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto reader = bench.other_side->read("contract/#");
    OpenSink sink(bench, *backend);
    for (const auto& payload : awkward_payloads()) sink.send({"contract/payload", payload});
    for (const auto& payload : awkward_payloads()) CHECK(bench.next(*reader) == Raw{"contract/payload", payload});
}

TEST_CASE("a sink leaves awkward topics as they are" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto reader = bench.other_side->read("#");
    OpenSink sink(bench, *backend);
    for (const auto& topic : awkward_topics()) sink.send({topic, "x"});
    std::vector<std::string> seen;
    for (std::size_t count = 0; count < awkward_topics().size(); ++count) {
        const auto found = bench.next(*reader);
        REQUIRE(found.has_value());
        CHECK(*found == Raw{found->topic, "x"});
        seen.push_back(found->topic);
    }
    CHECK(bench.across_topics(seen) == bench.across_topics(awkward_topics()));
}

TEST_CASE("a receipt settles when the other side has said that it has the message" * doctest::skip(!confirms)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSink sink(bench, *backend);
    bench.other_side->pause();
    sink.send({"contract/confirmed", "x"});
    bench.run_for(a_while);
    CHECK(sink.writing.settled.empty());
    bench.other_side->resume();
    REQUIRE(sink.has_settled(1));
    CHECK(sink.writing.settled == all_settled(1, Outcome::accepted));
}

TEST_CASE("a message without a receipt is delivered too" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto reader = bench.other_side->read("contract/#");
    OpenSink sink(bench, *backend);
    sink.sink->send(Message::create("contract/plain", as_bytes("x"), {}), Receipt());
    bench.run_for(a_while);
    CHECK(bench.next(*reader) == Raw{"contract/plain", "x"});
}

TEST_CASE("the last value is kept for who comes later" * doctest::skip(!writes || !claimed_abilities().keeps_retained)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSink sink(bench, *backend);
    sink.send({"contract/last", "kept", true});
    sink.send({"contract/cleared", "gone", true});
    sink.send({"contract/cleared", "", true});
    REQUIRE(sink.has_settled(3));
    const auto reader = bench.other_side->read("contract/#");
    CHECK(bench.next(*reader) == Raw{"contract/last", "kept", true});
    CHECK_FALSE(bench.next(*reader, a_while).has_value());
}

TEST_CASE("what a backend writes does not come back to it" *
          doctest::skip(!does_both || !claimed_abilities().suppresses_echo)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"});
    OpenSink sink(bench, *backend);
    sink.send({"contract/echo", "ours"});
    REQUIRE(sink.has_settled(1));
    bench.other_side->publish({"contract/echo", "theirs"});
    REQUIRE(source.has(1));
    bench.run_for(a_while);
    CHECK(source.reading.payloads() == std::vector<std::string>{"theirs"});
}

TEST_CASE("what a backend writes comes back where it does not claim otherwise" *
          doctest::skip(!does_both || claimed_abilities().suppresses_echo)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"});
    OpenSink sink(bench, *backend);
    sink.send({"contract/echo", "ours"});
    REQUIRE(source.has(1));
    CHECK(source.reading.payloads() == std::vector<std::string>{"ours"});
}

TEST_CASE("a slow source does not hold up the sink beside it" * doctest::skip(!does_both)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/in/#"}, 1);
    OpenSink sink(bench, *backend);
    for (int i = 0; i < 50; ++i) bench.other_side->publish({"contract/in/a", std::to_string(i)});
    REQUIRE(source.has(1));
    for (int i = 0; i < 50; ++i) sink.send({"contract/out", std::to_string(i)});
    REQUIRE(sink.has_settled(50));
    CHECK(sink.writing.settled == all_settled(50, Outcome::accepted));
}
