#include "tests/contract/bench.hpp"

// Connections that end, break, and are made again.

using namespace rialto;
using namespace rialto::contract;

namespace {

const bool reads = claimed_abilities().reads;
const bool writes = claimed_abilities().writes;
const bool confirms = writes && claimed_abilities().confirms;

}  // namespace

TEST_CASE("opening a source where nobody is fails soon as unreachable, as often as it is tried" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto source = backend->make_source({TopicFilter::parse("contract/#").value()});
    Reading reading;
    bench.other_side->stop();
    for (int i = 0; i < 3; ++i) {
        const auto began = Clock::now();
        const Result<void> opened = bench.run(source->open(reading));
        REQUIRE(opened.has_error());
        CHECK(opened.error().code == Errc::unreachable);
        CHECK_FALSE(opened.error().message.empty());
        CHECK(Clock::now() - began < 15s);
    }
    bench.run_for(a_while);
    CHECK(reading.losses.empty());
}

TEST_CASE("opening a sink where nobody is fails soon as unreachable, as often as it is tried" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto sink = backend->make_sink();
    Writing writing(bench.shard);
    bench.other_side->stop();
    for (int i = 0; i < 3; ++i) {
        const Result<void> opened = bench.run(sink->open(writing));
        REQUIRE(opened.has_error());
        CHECK(opened.error().code == Errc::unreachable);
    }
    bench.run_for(a_while);
    CHECK(writing.losses.empty());
}

TEST_CASE("opening succeeds once the other side is there again" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto source = backend->make_source({TopicFilter::parse("contract/#").value()});
    Reading reading;
    bench.other_side->stop();
    REQUIRE(bench.run(source->open(reading)).has_error());
    bench.other_side->restart();
    REQUIRE(bench.run(source->open(reading)).has_value());
    source->grant(10);
    bench.other_side->publish({"contract/a", "1"});
    CHECK(bench.until([&] { return reading.count() == 1; }));
}

TEST_CASE("a source says once that it is lost" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"});
    bench.other_side->stop();
    REQUIRE(bench.until([&] { return !source.reading.losses.empty(); }));
    bench.run_for(a_while);
    REQUIRE(source.reading.losses.size() == 1);
    CHECK_FALSE(source.reading.losses[0].message.empty());
}

TEST_CASE("a source that was lost opens again and brings what its patterns ask for" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/+/x", "other/#"});
    for (std::size_t round = 1; round <= 2; ++round) {
        bench.other_side->stop();
        REQUIRE(bench.until([&] { return source.reading.losses.size() == round; }));
        bench.other_side->restart();
        source.open(100);
        bench.other_side->publish({"contract/a/x", "one"});
        bench.other_side->publish({"other/b", "two"});
        REQUIRE(source.has(2 * round));
        source.settle_all();
        bench.run_for(a_while);
    }
    CHECK(bench.across_topics(source.reading.payloads()) == bench.across_topics({"one", "two", "one", "two"}));
}

TEST_CASE("a sink that was lost opens again and delivers" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSink sink(bench, *backend);
    bench.other_side->stop();
    REQUIRE(bench.until([&] { return !sink.writing.losses.empty(); }));
    bench.other_side->restart();
    sink.open();
    const auto reader = bench.other_side->read("contract/#");
    sink.send({"contract/again", "x"});
    CHECK(bench.next(*reader) == Raw{"contract/again", "x"});
    CHECK(sink.has_settled(1));
    CHECK(sink.writing.losses.size() == 1);
}

TEST_CASE("a loss releases every unsettled receipt in order, and then is told once" * doctest::skip(!confirms)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSink sink(bench, *backend);
    bench.other_side->pause();
    for (int i = 0; i < 5; ++i) sink.send({"contract/lost", std::to_string(i)});
    bench.run_for(a_while);
    REQUIRE(sink.writing.settled.empty());
    bench.other_side->stop();
    REQUIRE(bench.until([&] { return !sink.writing.losses.empty(); }));
    bench.run_for(a_while);
    CHECK(sink.writing.losses.size() == 1);
    CHECK(sink.writing.settled_at_loss == 5);
    std::vector<Writing::Settled> released;
    for (std::uint64_t token = 0; token < 5; ++token) released.emplace_back(token, Outcome::released);
    CHECK(sink.writing.settled == released);
}

TEST_CASE("a source that is closed says and brings nothing more, and opens again" * doctest::skip(!reads)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"});
    bench.other_side->publish({"contract/a", "before"});
    REQUIRE(source.has(1));
    source.settle_all();
    bench.run_for(a_while);
    source.close();
    bench.run_for(a_while);
    CHECK(source.reading.losses.empty());
    CHECK(source.reading.count() == 1);
    source.open(10);
    bench.other_side->publish({"contract/a", "after"});
    CHECK(source.has(2));
    CHECK(source.reading.payload(1) == "after");
}

TEST_CASE("a sink that is closed settles all, says nothing more, and opens again" * doctest::skip(!writes)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSink sink(bench, *backend);
    for (int i = 0; i < 5; ++i) sink.send({"contract/closing", std::to_string(i)});
    sink.close();
    REQUIRE(sink.has_settled(5));
    CHECK(sink.writing.losses.empty());
    sink.open();
    sink.send({"contract/closing", "again"});
    REQUIRE(sink.has_settled(6));
    CHECK(sink.writing.settled.back() == Writing::Settled{5, Outcome::accepted});
}

TEST_CASE("closing what was never open, is lost already or is closed does nothing" * doctest::skip(!reads || !writes)) {
    Bench bench;
    const auto backend = bench.backend();
    const auto source = backend->make_source({TopicFilter::parse("contract/#").value()});
    const auto sink = backend->make_sink();
    bench.run(source->close());
    bench.run(sink->close());
    Reading reading;
    REQUIRE(bench.run(source->open(reading)).has_value());
    bench.other_side->stop();
    REQUIRE(bench.until([&] { return !reading.losses.empty(); }));
    bench.run(source->close());
    bench.run(source->close());
    CHECK(reading.losses.size() == 1);
}

TEST_CASE("source and sink of one backend go and come independently" * doctest::skip(!reads || !writes)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/in"});
    OpenSink sink(bench, *backend);
    sink.close();
    bench.other_side->publish({"contract/in", "1"});
    REQUIRE(source.has(1));
    source.settle_all();
    bench.run_for(a_while);
    sink.open();
    source.close();
    sink.send({"contract/out", "2"});
    REQUIRE(sink.has_settled(1));
    bench.run_for(a_while);  // a side that pushes and has not heard yet that we left would give us the next one there
    source.open(10);
    bench.other_side->publish({"contract/in", "3"});
    CHECK(source.has(2));
    CHECK(source.reading.payloads() == std::vector<std::string>{"1", "3"});
}

TEST_CASE("source and sink may be opened at the same moment, and both hear of a loss" * doctest::skip(!reads || !writes)) {
    Bench bench;
    const auto backend = bench.backend();
    Reading reading;
    Writing writing(bench.shard);
    const auto source = backend->make_source({TopicFilter::parse("contract/#").value()});
    const auto sink = backend->make_sink();
    std::size_t opened = 0;
    const auto open = [&](boost::asio::awaitable<Result<void>> work) -> boost::asio::awaitable<void> {
        if ((co_await std::move(work)).has_value()) ++opened;
    };
    boost::asio::co_spawn(bench.shard.io(), open(sink->open(writing)), boost::asio::detached);
    boost::asio::co_spawn(bench.shard.io(), open(source->open(reading)), boost::asio::detached);
    REQUIRE(bench.until([&] { return opened == 2; }));
    bench.other_side->stop();
    CHECK(bench.until([&] { return reading.losses.size() == 1 && writing.losses.size() == 1; }));
}

TEST_CASE("a source or a sink may be destroyed while it is open" * doctest::skip(!reads || !writes)) {
    Bench bench;
    const auto backend = bench.backend();
    {
        OpenSource source(bench, *backend, {"contract/#"});
        OpenSink sink(bench, *backend);
        sink.send({"contract/last", "words"});
    }
    bench.run_for(a_while);
    bench.other_side->publish({"contract/a", "to nobody"});
    bench.run_for(a_while);
}

TEST_CASE("the gateway may stop while a source and a sink are open" * doctest::skip(!reads || !writes)) {
    Bench bench;
    const auto backend = bench.backend();
    OpenSource source(bench, *backend, {"contract/#"});
    OpenSink sink(bench, *backend);
    sink.send({"contract/last", "words"});
    bench.gateway.stop();
}
