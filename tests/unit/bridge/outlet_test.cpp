#include <doctest/doctest.h>

#include "bridge/outlet.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using bridge::Order;
using bridge::Outlet;
using bridge::Returns;
using bridge::Undeliverable;
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
    bridge::DropCounters drops{metrics, "b", "here"};
    Outlet::Counters counters{metrics.counter("sent", ""), metrics.counter("repeated", ""),
                              metrics.counter("rejected", ""), metrics.counter("given_up", ""),
                              drops,
                              metrics.gauge("queued", ""), metrics.gauge("limiting", "")};
    std::vector<std::string> announced;  ///< just before they were sent
    Outlet outlet{shard, {3, 1'000'000}, counters, [this](const Message& m) { announced.emplace_back(m.topic()); },
                  Backoff(std::chrono::milliseconds(1), std::chrono::milliseconds(1))};
    Ref<Publisher> publisher{new Publisher(shard)};

    void push(std::string_view topic, std::uint64_t token, Order order = Order::by_topic, Ref<Returns> returns = {}) {
        outlet.push({message(topic), Receipt(publisher, token), order, std::move(returns)});
    }
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

TEST_CASE_FIXTURE(Fixture, "a message that is given back goes again after a pause, and those behind it in its lane after it") {
    outlet.opened(sink);
    push("a", 1);
    push("a", 2);
    OnShard(*this, [&] { sink.confirm(0, Outcome::released); });
    CHECK(sink.topics.size() == 2);
    OnShard(*this, [&] { sink.confirm(1); });  // an answer of the round before: it goes again all the same
    CHECK(accepted().empty());
    push("a", 3);
    run_until_retried();
    CHECK(sink.topics.size() == 3);  // alone, to see whether it is taken now
    OnShard(*this, [&] { sink.confirm(2); });
    CHECK(accepted() == Tokens{1});
    CHECK(sink.topics.size() == 5);
    CHECK(announced == sink.topics);
    OnShard(*this, [&] {
        sink.confirm(3);
        sink.confirm(4);
    });
    CHECK(accepted() == Tokens{1, 2, 3});
    CHECK(outlet.is_idle());
}

TEST_CASE_FIXTURE(Fixture, "other lanes do not notice that a message is given back") {
    outlet.opened(sink);
    push("a", 1);
    push("b", 2);
    OnShard(*this, [&] { sink.confirm(0, Outcome::released); });
    OnShard(*this, [&] { sink.confirm(1); });
    push("b", 3);
    CHECK(sink.topics == Texts{"a", "b", "b"});
    OnShard(*this, [&] { sink.confirm(2); });
    CHECK(accepted() == Tokens{2, 3});
    run_until_retried();
    CHECK(sink.topics == Texts{"a", "b", "b", "a"});
}

TEST_CASE_FIXTURE(Fixture, "what is confirmed before an earlier one of its lane goes again with that one") {
    outlet.opened(sink);
    push("a", 1);
    push("a", 2);
    OnShard(*this, [&] { sink.confirm(1); });
    CHECK(accepted().empty());
    OnShard(*this, [&] { sink.confirm(0, Outcome::released); });
    run_until_retried();
    OnShard(*this, [&] { sink.confirm(2); });
    OnShard(*this, [&] { sink.confirm(3); });
    CHECK(accepted() == Tokens{1, 2});
}

TEST_CASE_FIXTURE(Fixture, "without order only the message itself goes again") {
    outlet.opened(sink);
    push("a", 1, Order::none);
    push("a", 2, Order::none);
    OnShard(*this, [&] { sink.confirm(0, Outcome::released); });
    OnShard(*this, [&] { sink.confirm(1); });
    CHECK(accepted() == Tokens{2});
    run_until_retried();
    OnShard(*this, [&] { sink.confirm(2); });
    CHECK(accepted() == Tokens{2, 1});
    CHECK(sink.topics.size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "lanes are told by the key where the route wants that") {
    const auto keyed = [&](std::string_view topic, std::string key, std::uint64_t token) {
        auto properties = std::make_unique<Properties>();
        properties->key = std::move(key);
        outlet.push({Message::create(topic, {}, {}, std::move(properties)), Receipt(publisher, token), Order::by_key});
    };
    outlet.opened(sink);
    keyed("a", "one", 1);
    keyed("b", "one", 2);
    keyed("a", "two", 3);
    OnShard(*this, [&] { sink.confirm(0, Outcome::released); });
    OnShard(*this, [&] {
        sink.confirm(1);
        sink.confirm(2);
    });
    CHECK(accepted() == Tokens{3});
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

namespace {

/// Writes down what it was given back, and accepts it.
struct Complaints final : Returns {
    using Returns::Returns;
    void take_back(const Message& message, Undeliverable why, std::uint32_t attempts, Receipt receipt) noexcept override {
        heard.push_back(std::string(message.topic()) + " " + std::string(name_of(why)) + " " + std::to_string(attempts));
        receipt.settle(Outcome::accepted);
    }
    const std::string& route() const noexcept override { return name; }
    std::vector<std::string> heard;
    std::string name = "r";
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a message that is refused goes back to its route where that wants it") {
    const Ref<Complaints> complaints(new Complaints(0));
    outlet.opened(sink);
    push("a", 1, Order::by_topic, complaints);
    OnShard(*this, [&] { sink.confirm(0, Outcome::rejected); });
    CHECK(complaints->heard == Texts{"a rejected 1"});
    CHECK(accepted() == Tokens{1});
    CHECK(outlet.is_idle());
}

TEST_CASE_FIXTURE(Fixture, "a message that is given back too often goes back to its route, and its lane goes on") {
    const Ref<Complaints> complaints(new Complaints(2));
    outlet.opened(sink);
    push("a", 1, Order::by_topic, complaints);
    push("a", 2);
    OnShard(*this, [&] { sink.confirm(0, Outcome::released); });
    run_until_retried();
    OnShard(*this, [&] { sink.confirm(2, Outcome::released); });
    CHECK(complaints->heard.empty());
    run_until_retried();
    CHECK(complaints->heard == Texts{"a too_many_attempts 2"});
    CHECK(counters.given_up.value() == 1);
    OnShard(*this, [&] { sink.confirm(3); });
    CHECK(accepted() == Tokens{1, 2});
}

TEST_CASE_FIXTURE(Fixture, "attempts that ended with the connection do not count") {
    const Ref<Complaints> complaints(new Complaints(1));
    push("a", 1, Order::none, complaints);
    push("b", 2, Order::by_topic, complaints);
    for (std::size_t i = 0; i < 5; ++i) {
        outlet.opened(sink);
        OnShard(*this, [&] {  // as sinks do that lose their connection
            sink.confirm(2 * i, Outcome::released);
            sink.confirm(2 * i + 1, Outcome::released);
            outlet.closed();
        });
    }
    CHECK(complaints->heard.empty());
    CHECK(outlet.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "messages that nobody waits for are dropped beyond the limit and counted; the others are not") {
    for (int i = 0; i < 5; ++i) outlet.push({message("t"), Receipt{}});
    push("kept", 1);
    CHECK(metrics.total("rialto_backend_dropped_total") == 2);
    CHECK(outlet.size() == 4);
    outlet.opened(sink);
    OnShard(*this, [&] {
        for (std::size_t i = 0; i < 4; ++i) sink.confirm(i);
    });
    outlet.push({message("t"), Receipt{}});
    CHECK(metrics.total("rialto_backend_dropped_total") == 2);
}

TEST_CASE_FIXTURE(Fixture, "a backend that sources wait for is told: it is away, or its window is full") {
    CHECK(counters.limiting.value() == 0);
    push("a", 1);
    CHECK(counters.limiting.value() == 1);
    outlet.opened(sink);
    CHECK(counters.limiting.value() == 0);
    sink.window_size = 2;
    push("b", 2);
    CHECK(counters.limiting.value() == 1);
    OnShard(*this, [&] { sink.confirm(0); });
    CHECK(counters.limiting.value() == 0);
}

TEST_CASE_FIXTURE(Fixture, "an expired message is not sent") {
    auto properties = std::make_unique<Properties>();
    properties->expires_at = wall_now() - std::chrono::seconds(1);
    outlet.push({Message::create("late", {}, {}, std::move(properties)), Receipt(publisher, 1)});
    outlet.opened(sink);
    run();
    CHECK(sink.topics.empty());
    CHECK(outlet.is_idle());
}
