#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "bridge/outlet.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using bridge::Order;
using bridge::Outlet;
using test::message;
using test::Publisher;

namespace {

/// A broker behind a connection: it takes messages in the order in which they come, gives some back, and answers in order.
class MoodySink final : public Sink {
public:
    explicit MoodySink(std::mt19937& random) : random_(random) {}
    boost::asio::awaitable<Result<void>> open(SinkWatcher&) override { co_return Result<void>{}; }
    boost::asio::awaitable<void> close() override { co_return; }
    std::size_t window() const override { return 16; }
    void send(MessagePtr sent, Receipt receipt) override {
        REQUIRE(waiting_.size() < window());
        const bool takes = random_() % 8 != 0;
        if (takes) arrived.emplace_back(std::string(sent->topic()), std::stoi(std::string(as_text(sent->payload()))));
        waiting_.push_back({std::move(receipt), takes});
    }
    void answer(std::size_t count) {
        for (; count > 0 && !waiting_.empty(); --count) {
            auto [receipt, takes] = std::move(waiting_.front());
            waiting_.pop_front();
            receipt.settle(takes ? Outcome::accepted : Outcome::released);
        }
    }
    void lose() {
        for (auto& [receipt, takes] : std::exchange(waiting_, {})) receipt.settle(Outcome::released);
    }

    std::vector<std::pair<std::string, int>> arrived;  ///< topic, and number within it

private:
    struct Sent {
        Receipt receipt;
        bool takes;
    };
    std::mt19937& random_;
    std::deque<Sent> waiting_;
};

struct World {
    explicit World(unsigned seed) : random(seed) {}

    std::mt19937 random;
    Shard shard{0};
    Metrics metrics;
    MoodySink sink{random};
    bridge::DropCounters drops{metrics, "b", "here"};
    Outlet outlet{shard,
                  {},
                  {metrics.counter("sent", ""), metrics.counter("repeated", ""), metrics.counter("rejected", ""),
                   metrics.counter("given_up", ""), drops,
                   metrics.gauge("queued", ""), metrics.gauge("limiting", "")},
                  {},
                  Backoff(std::chrono::milliseconds(1), std::chrono::milliseconds(1), 1)};
    Ref<Publisher> publisher{new Publisher(shard)};
    std::map<std::string, int> pushed;
    std::uint64_t tokens = 0;
    bool is_open = false;

    void on_shard(std::function<void()> what) {
        shard.post(std::move(what));
        shard.run_ready();
    }
    void push(Order order) {
        const std::string topic = "t" + std::to_string(random() % 5);
        outlet.push({message(topic, std::to_string(pushed[topic]++)), Receipt(publisher, ++tokens), order});
    }
    void step(Order order) {
        switch (random() % 16) {
            case 0:
                if (is_open) {
                    sink.lose();
                    outlet.closed();
                }
                is_open = false;
                break;
            case 1: case 2:
                if (!is_open) outlet.opened(sink);
                is_open = true;
                break;
            case 3: case 4: case 5: case 6: sink.answer(random() % 8); break;
            default: push(order);
        }
    }
    void finish() {
        on_shard([this] {
            if (!is_open) outlet.opened(sink);
        });
        for (int i = 0; i < 5000 && !outlet.is_idle(); ++i) {
            on_shard([this] { sink.answer(100); });
            if (!outlet.is_idle()) shard.io().run_one_for(std::chrono::milliseconds(60));
        }
        REQUIRE(outlet.is_idle());
    }
    void run(Order order) {
        for (int i = 0; i < 400; ++i) on_shard([this, order] { step(order); });
        finish();
    }
    /// When each message of a topic arrived for the last time.
    std::map<std::string, std::map<int, std::size_t>> last_arrivals() const {
        std::map<std::string, std::map<int, std::size_t>> last;
        for (std::size_t i = 0; i < sink.arrived.size(); ++i) last[sink.arrived[i].first][sink.arrived[i].second] = i;
        return last;
    }
    void check_nothing_is_lost() const {
        CHECK(publisher->heard.size() == tokens);
        for (const auto& [token, outcome] : publisher->heard) CHECK(outcome == Outcome::accepted);
        const auto last = last_arrivals();
        for (const auto& [topic, count] : pushed) CHECK(last.at(topic).size() == static_cast<std::size_t>(count));
    }
};

}  // namespace

TEST_CASE("whatever is given back or lost, each topic arrives in order in the end, and nothing is missing") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        World world(seed);
        world.run(Order::by_topic);
        world.check_nothing_is_lost();
        for (const auto& [topic, numbers] : world.last_arrivals()) {
            std::size_t before = 0;
            for (const auto& [number, place] : numbers) {
                CHECK(place >= before);
                before = place;
            }
        }
    }
}

TEST_CASE("however often it goes back, each topic ends with its last message") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        World world(seed);
        world.run(Order::by_topic);
        std::map<std::string, int> next;  // one behind what arrived last
        for (const auto& [topic, number] : world.sink.arrived) {
            next[topic] = number + 1;
        }
        for (const auto& [topic, count] : world.pushed) CHECK(next[topic] == count);
    }
}

TEST_CASE("without order nothing is missing either") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        World world(seed);
        world.run(Order::none);
        world.check_nothing_is_lost();
    }
}
