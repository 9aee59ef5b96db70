#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "core/gateway.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using test::filter;

namespace {

/// Lets a test wait until something happened on another thread.
class Signal {
public:
    void raise() {
        const std::lock_guard lock(mutex_);
        raised_ = true;
        condition_.notify_all();
    }
    bool wait() {
        std::unique_lock lock(mutex_);
        return condition_.wait_for(lock, std::chrono::seconds(30), [this] { return raised_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool raised_ = false;
};

class CountingSubscriber final : public Subscriber {
public:
    CountingSubscriber(int expected, Signal& done) : expected_(expected), done_(done) {}
    void deliver(const Delivery& delivery, const Receipt&) noexcept override {
        const int number = std::stoi(std::string(as_text(delivery.message->payload())));
        in_order = in_order && number == next_;
        if (++next_ == expected_) done_.raise();
    }
    bool in_order = true;

private:
    int expected_;
    int next_ = 0;
    Signal& done_;
};

class CountingPublisher final : public Settler {
public:
    CountingPublisher(Shard& home, int expected, Signal& done) : Settler(home), expected_(expected), done_(done) {}
    void settled(std::uint64_t, Outcome outcome) noexcept override {
        all_accepted = all_accepted && outcome == Outcome::accepted && home().is_current();
        if (++heard_ == expected_) done_.raise();
    }
    bool all_accepted = true;

private:
    int expected_;
    int heard_ = 0;
    Signal& done_;
};

}  // namespace

TEST_CASE("messages cross shards in order, and the publisher hears on its own shard") {
    constexpr int count = 5000;
    Gateway gateway({"test", 2, true});
    Signal subscribed;
    Signal delivered;
    Signal settled;
    CountingSubscriber subscriber(count, delivered);
    Ref<CountingPublisher> publisher(new CountingPublisher(gateway.shard(0), count, settled));
    gateway.start();
    gateway.shard(1).post([&] {
        gateway.shard(1).bus().subscribe(subscriber, filter("a/+"), {});
        subscribed.raise();
    });
    REQUIRE(subscribed.wait());
    gateway.shard(0).post([&] {
        for (int i = 0; i < count; ++i) {
            gateway.shard(0).bus().publish(test::message("a/b", std::to_string(i)),
                                           Receipt(publisher, static_cast<std::uint64_t>(i)));
        }
    });
    CHECK(delivered.wait());
    CHECK(settled.wait());
    gateway.stop();
    CHECK(subscriber.in_order);
    CHECK(publisher->all_accepted);
}

TEST_CASE("what the history keeps reaches every subscriber in the order of its numbers, wherever it was published") {
    constexpr int count = 2000;
    struct Listener final : Subscriber {
        Listener(int expected, Signal& signal) : expected_(expected), all(signal) {}
        void deliver(const Delivery& delivery, const Receipt&) noexcept override {
            numbers.push_back(stamp_of(*delivery.message).number);
            if (static_cast<int>(numbers.size()) == expected_) all.raise();
        }
        int expected_;
        Signal& all;
        std::vector<std::uint64_t> numbers;
    };
    Gateway gateway({"test", 2, true});
    gateway.keep_history({{filter("a/#"), 100}});
    Signal all_here;
    Signal all_there;
    Listener here(2 * count, all_here);
    Listener there(2 * count, all_there);
    gateway.start();
    Signal subscribed[2];
    for (std::size_t i = 0; i < 2; ++i) {
        gateway.shard(i).post([&, i] {
            gateway.shard(i).bus().subscribe(i == 0 ? here : there, filter("a/#"), {});
            subscribed[i].raise();
        });
    }
    REQUIRE(subscribed[0].wait());
    REQUIRE(subscribed[1].wait());
    Signal settled[2];
    for (std::size_t i = 0; i < 2; ++i) {
        gateway.shard(i).post([&, i] {
            const Ref<CountingPublisher> publisher(new CountingPublisher(gateway.shard(i), count, settled[i]));
            for (int n = 0; n < count; ++n) gateway.shard(i).bus().publish(test::message("a/b"), Receipt(publisher, static_cast<std::uint64_t>(n)));
        });
    }
    CHECK(all_here.wait());
    CHECK(all_there.wait());
    CHECK(settled[0].wait());
    CHECK(settled[1].wait());
    gateway.stop();
    CHECK(std::is_sorted(here.numbers.begin(), here.numbers.end()));
    CHECK(here.numbers == there.numbers);
    CHECK(gateway.history().position() == here.numbers.back());
    CHECK(gateway.history().size() == 100);
}

TEST_CASE("a shared group spans shards") {
    constexpr int count = 100;
    Gateway gateway({"test", 2, true});
    std::atomic<int> got{0};
    Signal all;
    struct Member final : Subscriber {
        Member(std::atomic<int>& count_of_all, Signal& signal) : got_(count_of_all), all_(signal) {}
        void deliver(const Delivery&, const Receipt&) noexcept override {
            ++mine;
            if (++got_ == count) all_.raise();
        }
        std::atomic<int>& got_;
        Signal& all_;
        int mine = 0;
    };
    Member zero(got, all);
    Member one(got, all);
    Signal joined;
    gateway.start();
    gateway.shard(1).post([&] {
        gateway.shard(1).bus().subscribe(one, filter("$share/g/a"), {});
        joined.raise();
    });
    REQUIRE(joined.wait());
    gateway.shard(0).post([&] {
        gateway.shard(0).bus().subscribe(zero, filter("$share/g/a"), {});
        for (int i = 0; i < count; ++i) gateway.shard(0).bus().publish(test::message("a"), Receipt{});
    });
    CHECK(all.wait());
    gateway.stop();
    CHECK(zero.mine == count / 2);
    CHECK(one.mine == count / 2);
}

TEST_CASE("a key keeps its home") {
    Gateway gateway({"test", 2, true});
    CHECK(&gateway.home_of("client-1") == &gateway.home_of("client-1"));
}
