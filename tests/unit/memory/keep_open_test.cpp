#include "core/keep_open.hpp"

#include <doctest/doctest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "adapters/memory/backend.hpp"

using namespace rialto;
using namespace std::chrono_literals;

namespace {

/// A source kept open against a broker in memory, with a clock that the test turns.
class Kept : public Inlet, public OpenWatcher {
public:
    virtual ~Kept() = default;
    void accept(MessagePtr message, Receipt) noexcept override { topics.emplace_back(message->topic()); }
    void lost(Error reason) noexcept override { keeper.lost(std::move(reason)); }
    void opened() noexcept override {
        ++openings;
        source->grant(10);
    }
    void failed(const Error& why, Backoff::Duration retry_in) noexcept override {
        failures.push_back(why.message);
        delays.push_back(retry_in);
    }

    void start() {
        keeper.start();
        shard.run_ready();
    }
    void pass(Clock::duration time) {
        now += time;
        wheel.advance(now);
        shard.run_ready();
    }
    /// Lets the announced delay of the next try pass.
    void pass_delay() { pass(delays.back() + TimerWheel::tick); }
    void break_connection() {
        broker->lose_connections({Errc::unreachable, "broken"});
        shard.run_ready();
    }
    bool stop() {
        bool stopped = false;
        boost::asio::co_spawn(
            shard.io(), [&]() -> boost::asio::awaitable<void> { co_await keeper.stop(), stopped = true; },
            boost::asio::detached);
        shard.run_ready();
        return stopped;
    }

    Shard shard{0};
    Instant now = Clock::now();
    TimerWheel wheel{now};
    std::shared_ptr<memory::Broker> broker = memory::Broker::named("keep-open");
    memory::Backend backend{shard, "keep-open", "client"};
    std::unique_ptr<Source> source = backend.make_source({TopicFilter::parse("#").value()});
    std::size_t openings = 0;
    std::vector<std::string> failures;
    std::vector<Backoff::Duration> delays;
    std::vector<std::string> topics;
    KeepOpen keeper{shard, steps_to_keep(*source, *this), *this, Backoff(100ms, 10s, 1),
                    [this](Timer& timer, Clock::duration delay) { wheel.arm(timer, now + delay); }};
};

MessagePtr message(std::string_view topic) { return Message::create(topic, as_bytes("x"), {}); }

}  // namespace

TEST_CASE_FIXTURE(Kept, "a source is opened at once and works") {
    start();
    CHECK(keeper.is_open());
    CHECK(openings == 1);
    broker->publish(message("a"));
    shard.run_ready();
    CHECK(topics == std::vector<std::string>{"a"});
}

TEST_CASE_FIXTURE(Kept, "a try that failed is repeated, later each time") {
    broker->refuse_connections({Errc::unreachable, "nobody there"});
    start();
    for (std::size_t tries = 1; tries <= 5; ++tries) {
        CHECK(failures == std::vector<std::string>(tries, "nobody there"));
        pass_delay();
    }
    CHECK_FALSE(keeper.is_open());
    CHECK(delays[0] >= 50ms);
    CHECK(delays[0] <= 100ms);
    CHECK(delays[5] >= 1600ms);
    CHECK(delays[5] <= 3200ms);
    broker->accept_connections();
    pass_delay();
    CHECK(openings == 1);
}

TEST_CASE_FIXTURE(Kept, "nothing is tried before the delay has passed") {
    broker->refuse_connections({Errc::unreachable, "nobody there"});
    start();
    broker->accept_connections();
    pass(delays.back() / 2);
    CHECK(openings == 0);
    pass_delay();
    CHECK(openings == 1);
}

TEST_CASE_FIXTURE(Kept, "a connection that was lost is opened again, and brings what came meanwhile") {
    start();
    break_connection();
    CHECK(failures == std::vector<std::string>{"broken"});
    CHECK_FALSE(keeper.is_open());
    broker->publish(message("meanwhile"));
    pass_delay();
    CHECK(openings == 2);
    CHECK(topics == std::vector<std::string>{"meanwhile"});
}

TEST_CASE_FIXTURE(Kept, "a connection that breaks again and again is tried less and less often") {
    start();
    for (int i = 0; i < 6; ++i) {
        break_connection();
        pass_delay();
    }
    CHECK(openings == 7);
    CHECK(delays.back() >= 1600ms);
}

TEST_CASE_FIXTURE(Kept, "a connection that held for a while is opened quickly again") {
    start();
    for (int i = 0; i < 6; ++i) {
        break_connection();
        pass_delay();
    }
    pass(KeepOpen::stable_after + TimerWheel::tick);
    break_connection();
    CHECK(delays.back() <= 100ms);
}

TEST_CASE_FIXTURE(Kept, "stopping closes what is open, and nothing is tried any more") {
    start();
    CHECK(stop());
    CHECK_FALSE(keeper.is_open());
    broker->publish(message("a"));
    break_connection();
    pass(1h);
    CHECK(topics.empty());
    CHECK(failures.empty());
    CHECK(openings == 1);
}

TEST_CASE_FIXTURE(Kept, "stopping while it waits for the next try ends the waiting") {
    broker->refuse_connections({Errc::unreachable, "nobody there"});
    start();
    CHECK(stop());
    broker->accept_connections();
    pass(1h);
    CHECK(openings == 0);
}

TEST_CASE("stopping during a try waits for it, and closes what it opened") {
    Shard shard{0};
    struct Watcher final : OpenWatcher {
        void opened() noexcept override { ++events; }
        void failed(const Error&, Backoff::Duration) noexcept override { ++events; }
        int events = 0;
    } watcher;
    boost::asio::steady_timer slow(shard.io(), boost::asio::steady_timer::time_point::max());
    bool closed = false;
    KeepOpen::Steps steps{[&]() -> boost::asio::awaitable<Result<void>> {
                              co_await slow.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
                              co_return Result<void>();
                          },
                          [&]() -> boost::asio::awaitable<void> {
                              closed = true;
                              co_return;
                          }};
    KeepOpen keeper(shard, std::move(steps), watcher);
    keeper.start();
    shard.run_ready();
    bool stopped = false;
    boost::asio::co_spawn(
        shard.io(), [&]() -> boost::asio::awaitable<void> { co_await keeper.stop(), stopped = true; },
        boost::asio::detached);
    shard.run_ready();
    CHECK_FALSE(stopped);
    slow.cancel();
    shard.run_ready();
    CHECK(stopped);
    CHECK(closed);
    CHECK(watcher.events == 0);
}
