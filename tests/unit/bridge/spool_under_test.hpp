#pragma once

#include <doctest/doctest.h>

#include <algorithm>

#include "bridge/spool.hpp"
#include "tests/unit/store/fixtures.hpp"

/// A spool on a disk that outlives it, between a source and a backend that do what a test says.
namespace rialto::test {

using namespace std::chrono_literals;
using bridge::DropCounters;
using bridge::Order;
using bridge::Outlet;
using bridge::Returns;
using bridge::Spool;
using bridge::SpoolConfig;
using bridge::Undeliverable;

inline MessagePtr numbered(int number) { return Message::create("t", as_bytes(std::to_string(number)), {}); }
inline int number_of(const Message& message) { return std::stoi(std::string(as_text(message.payload()))); }

class FakeSink final : public Sink {
public:
    boost::asio::awaitable<Result<void>> open(SinkWatcher&) override { co_return Result<void>{}; }
    boost::asio::awaitable<void> close() override { co_return; }
    void send(MessagePtr sent, Receipt receipt) override {
        numbers.push_back(number_of(*sent));
        receipts.push_back(std::move(receipt));
    }
    std::size_t window() const override { return window_size; }
    /// Answers the oldest.
    void answer(std::size_t count, Outcome outcome = Outcome::accepted) {
        for (; count > 0 && !receipts.empty(); --count) {
            Receipt first = std::move(receipts.front());
            receipts.pop_front();
            first.settle(outcome);
        }
    }
    void lose() { answer(receipts.size(), Outcome::released); }

    std::vector<int> numbers;
    std::deque<Receipt> receipts;
    std::size_t window_size = 1024;
};

struct Complaints final : Returns {
    Complaints() : Returns(0) {}
    const std::string& route() const noexcept override { return name; }
    void take_back(const Message& message, Undeliverable, std::uint32_t, Receipt receipt) noexcept override {
        heard.push_back(number_of(message));
        if (heard.size() > deaf_to) receipt.settle(Outcome::accepted);
    }
    std::size_t deaf_to = 0;  ///< so many of the first are given back
    std::string name = "r";
    std::vector<int> heard;
};

/// Hears of messages by their numbers.
struct Source final : Settler {
    using Settler::Settler;
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        (outcome == Outcome::accepted ? accepted : others).push_back(static_cast<int>(token));
    }
    std::vector<int> accepted;
    std::vector<int> others;
};

/// One life of a gateway; the disk outlives it.
struct Life {
    explicit Life(Disk& disk, SpoolConfig config = {1U << 30U, 0ms, SpoolConfig::WhenFull::block}) : home(disk) {
        spool = std::make_unique<Spool>(
            home.journal, "b", config, Spool::Counters{counter("spooled"), drops,
                                                       home.metrics.gauge("messages", ""), home.metrics.gauge("bytes", ""), home.metrics.gauge("limiting", "")},
            outlet, Spool::Ways{[](const MessagePtr& message) { return message; },
                                [this](const std::string& route, const MessagePtr&) { return route == "r" ? Ref<Returns>(complaints) : nullptr; }});
        on_shard([&] { REQUIRE(spool->open()); });
    }
    ~Life() {
        home.settle();
        spool.reset();
    }

    Counter& counter(const char* name) { return home.metrics.counter(name, ""); }
    std::uint64_t count(const char* name) const { return home.metrics.total(name); }
    bool has_dropped(const std::string& reason, int number, const std::string& route = "") const {
        const std::string labels = R"({backend="b",route=")" + route + R"(",reason=")" + reason + R"("} )";
        return home.metrics.text().find("rialto_backend_dropped_total" + labels + std::to_string(number) + "\n") != std::string::npos;
    }
    void on_shard(std::function<void()> task) {
        home.shard.post(std::move(task));
        home.shard.run_ready();
    }
    void push(int number, bool has_receipt = true, Ref<Returns> returns = nullptr) {
        on_shard([&] {
            Receipt receipt = has_receipt ? Receipt(source, static_cast<std::uint64_t>(number)) : Receipt();
            spool->push({numbered(number), std::move(receipt), Order::by_topic, returns});
        });
    }
    void push_all(int from, int to) {
        for (int i = from; i <= to; ++i) push(i);
    }
    void open() {
        on_shard([&] {
            outlet.opened(sink);
            spool->opened();
        });
        home.settle();
    }
    void lose() {
        on_shard([&] {
            sink.lose();
            outlet.closed();
            spool->closed();
        });
        home.settle();
    }
    void confirm(std::size_t count) {
        on_shard([&] { sink.answer(count); });
        home.settle();
        home.settle();
    }
    void confirm_all() {
        home.run_until([&] {
            on_shard([&] { sink.answer(sink.receipts.size()); });
            return spool->count() == 0 && outlet.is_idle();
        });
    }

    Home home;
    Ref<Source> source{new Source(home.shard)};
    Ref<Complaints> complaints{new Complaints};
    FakeSink sink;
    DropCounters drops{home.metrics, "b", "here"};
    Outlet outlet{home.shard,
                  {},
                  {counter("sent"), counter("repeated"), counter("rejected"), counter("given_up"), drops,
                   home.metrics.gauge("queued", ""), home.metrics.gauge("limiting", "")},
                  {},
                  Backoff(1ms, 1ms)};
    std::unique_ptr<Spool> spool;
};

using Numbers = std::vector<int>;

inline Numbers range(int from, int to) {
    Numbers numbers;
    for (int i = from; i <= to; ++i) numbers.push_back(i);
    return numbers;
}

}  // namespace rialto::test
