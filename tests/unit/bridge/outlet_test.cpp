#include <doctest/doctest.h>

#include "bridge/outlet.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using bridge::Outlet;
using test::message;
using test::Publisher;

namespace {

/// Writes down what it was sent; the test decides when it confirms.
class FakeSink final : public Sink {
public:
    boost::asio::awaitable<Result<void>> open(SinkWatcher&) override { co_return Result<void>{}; }
    boost::asio::awaitable<void> close() override { co_return; }
    void send(MessagePtr sent, Receipt receipt) override {
        topics.emplace_back(sent->topic());
        receipts.push_back(std::move(receipt));
    }
    std::size_t window() const override { return window_size; }
    void confirm(std::size_t index, Outcome outcome = Outcome::accepted) { receipts[index].settle(outcome); }

    std::vector<std::string> topics;
    std::vector<Receipt> receipts;
    std::size_t window_size = 1024;
};

struct Fixture {
    Shard shard{0};
    Metrics metrics;
    FakeSink sink;
    Outlet::Counters counters{metrics.counter("sent", ""), metrics.counter("repeated", ""),
                              metrics.counter("rejected", ""), metrics.counter("dropped", ""),
                              metrics.counter("expired", ""), metrics.gauge("queued", "")};
    std::vector<std::string> announced;  ///< just before they were sent
    Outlet outlet{shard, "b", {3, 1'000'000}, counters, [this](const Message& m) { announced.emplace_back(m.topic()); },
                  Backoff(std::chrono::milliseconds(1), std::chrono::milliseconds(1))};
    Ref<Publisher> publisher{new Publisher(shard)};

    void push(std::string_view topic, std::uint64_t token) { outlet.push(message(topic), Receipt(publisher, token)); }
    void run() { shard.run_ready(); }
    void run_until_retried() {
        const auto sent = sink.topics.size();
        for (int i = 0; i < 1000 && sink.topics.size() == sent; ++i) shard.io().run_one_for(std::chrono::milliseconds(60));
        run();
    }
    std::vector<std::uint64_t> accepted() const {
        std::vector<std::uint64_t> tokens;
        for (const auto& [token, outcome] : publisher->heard) {
            if (outcome == Outcome::accepted) tokens.push_back(token);
        }
        return tokens;
    }
};

using Texts = std::vector<std::string>;
using Tokens = std::vector<std::uint64_t>;

/// Settles receipts as a shard does: on its own thread.
struct OnShard {
    explicit OnShard(Fixture& f, std::function<void()> what) {
        f.shard.post(std::move(what));
        f.run();
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the source hears when the backend has confirmed, not before") {
    outlet.opened(sink);
    push("a", 1);
    run();
    CHECK(sink.topics == Texts{"a"});
    CHECK(accepted().empty());
    OnShard(*this, [&] { sink.confirm(0); });
    CHECK(accepted() == Tokens{1});
    CHECK(outlet.is_idle());
}

TEST_CASE_FIXTURE(Fixture, "what came while the backend was away goes out in order when it is back") {
    for (std::uint64_t i = 0; i < 5; ++i) push("t" + std::to_string(i), i);
    CHECK(sink.topics.empty());
    CHECK(announced.empty());
    outlet.opened(sink);
    CHECK(sink.topics == Texts{"t0", "t1", "t2", "t3", "t4"});
    CHECK(announced == sink.topics);
}

TEST_CASE_FIXTURE(Fixture, "only a window of messages is unconfirmed at once") {
    sink.window_size = 2;
    outlet.opened(sink);
    for (std::uint64_t i = 0; i < 4; ++i) push("t", i);
    CHECK(sink.topics.size() == 2);
    OnShard(*this, [&] { sink.confirm(1); });
    CHECK(sink.topics.size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "after a loss the unconfirmed go again, oldest first, and the confirmed do not") {
    outlet.opened(sink);
    push("a", 1);
    push("b", 2);
    push("c", 3);
    OnShard(*this, [&] { sink.confirm(1); });
    CHECK(accepted() == Tokens{2});
    OnShard(*this, [&] {
        sink.confirm(0, Outcome::released);
        sink.confirm(2, Outcome::released);
        outlet.closed();
    });
    outlet.opened(sink);
    CHECK(sink.topics == Texts{"a", "b", "c", "a", "c"});
    OnShard(*this, [&] {
        sink.confirm(3);
        sink.confirm(4);
    });
    CHECK(accepted() == Tokens{2, 1, 3});
}

TEST_CASE_FIXTURE(Fixture, "a message that is not taken goes again with all behind it, after a pause") {
    outlet.opened(sink);
    push("a", 1);
    push("b", 2);
    OnShard(*this, [&] { sink.confirm(0, Outcome::released); });
    CHECK(sink.topics.size() == 2);
    OnShard(*this, [&] { sink.confirm(1); });  // an answer of the round before: it goes again all the same
    CHECK(accepted().empty());
    run_until_retried();
    CHECK(sink.topics == Texts{"a", "b", "a", "b"});
    CHECK(announced == sink.topics);
}

TEST_CASE_FIXTURE(Fixture, "a message that is refused for good is reported and holds nobody up") {
    outlet.opened(sink);
    push("a", 1);
    push("b", 2);
    OnShard(*this, [&] {
        sink.confirm(0, Outcome::rejected);
        sink.confirm(1);
    });
    CHECK(publisher->heard == std::vector<std::pair<std::uint64_t, Outcome>>{{1, Outcome::rejected}, {2, Outcome::accepted}});
    CHECK(counters.rejected.value() == 1);
}

TEST_CASE_FIXTURE(Fixture, "messages that nobody waits for are dropped beyond the limit and counted; the others are not") {
    for (int i = 0; i < 5; ++i) outlet.push(message("t"), Receipt{});
    push("kept", 1);
    CHECK(counters.dropped.value() == 2);
    CHECK(outlet.size() == 4);
    outlet.opened(sink);
    OnShard(*this, [&] {
        for (std::size_t i = 0; i < 4; ++i) sink.confirm(i);
    });
    outlet.push(message("t"), Receipt{});
    CHECK(counters.dropped.value() == 2);
}

TEST_CASE_FIXTURE(Fixture, "an expired message is not sent") {
    auto properties = std::make_unique<Properties>();
    properties->expires_at = wall_now() - std::chrono::seconds(1);
    outlet.push(Message::create("late", {}, {}, std::move(properties)), Receipt(publisher, 1));
    outlet.opened(sink);
    run();
    CHECK(sink.topics.empty());
    CHECK(outlet.is_idle());
}
