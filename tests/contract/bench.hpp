#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/gateway.hpp"
#include "tests/contract/other_side.hpp"

namespace rialto::contract {

using namespace std::chrono_literals;

/// Writes down what a source brings. Receipts stay unsettled until the case settles them.
class Reading final : public Inlet {
public:
    void accept(MessagePtr message, Receipt receipt) noexcept override {
        messages.push_back(std::move(message));
        receipts.push_back(std::move(receipt));
        if (on_accept) on_accept();
    }
    void lost(Error reason) noexcept override { losses.push_back(std::move(reason)); }

    std::string topic(std::size_t at) const { return std::string(messages.at(at)->topic()); }
    std::string payload(std::size_t at) const { return std::string(as_text(messages.at(at)->payload())); }
    std::vector<std::string> payloads() const {
        std::vector<std::string> out;
        for (const auto& message : messages) out.emplace_back(as_text(message->payload()));
        return out;
    }
    std::vector<std::string> topics() const {
        std::vector<std::string> out;
        for (const auto& message : messages) out.emplace_back(message->topic());
        return out;
    }
    std::size_t count() const { return messages.size(); }

    std::vector<MessagePtr> messages;
    std::vector<Receipt> receipts;
    std::vector<Error> losses;
    std::function<void()> on_accept;
};

/// Writes down what a sink says of what it was sent, and in which order, its loss included.
class Writing final : public SinkWatcher {
public:
    explicit Writing(Shard& shard) : outcomes_(new Outcomes(shard, *this)) {}
    ~Writing() { outcomes_->writing = nullptr; }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    /// A receipt whose outcome shows up in `settled` under `token`.
    Receipt receipt(std::uint64_t token) { return Receipt(outcomes_, token); }
    void lost(Error reason) noexcept override {
        settled_at_loss = settled.size();
        losses.push_back(std::move(reason));
    }

    using Settled = std::pair<std::uint64_t, Outcome>;
    std::vector<Settled> settled;
    std::vector<Error> losses;
    std::size_t settled_at_loss = 0;

private:
    struct Outcomes final : Settler {
        Outcomes(Shard& home, Writing& to) : Settler(home), writing(&to) {}
        void settled(std::uint64_t token, Outcome outcome) noexcept override {
            if (writing) writing->settled.emplace_back(token, outcome);
        }
        Writing* writing;
    };
    Ref<Outcomes> outcomes_;
};

/// The stand of a case: the other side, and a shard that the case runs by hand on its own thread.
class Bench {
public:
    Bench() : other_side(start_other_side()) {}

    std::unique_ptr<Backend> backend(std::string_view name = "subject") {
        return other_side->make_backend(gateway, shard, name);
    }

    /// Runs the shard until `done()`; false where it was not within the time.
    bool until(const std::function<bool()>& done, std::chrono::milliseconds within = 20s) {
        const auto deadline = Clock::now() + within;
        for (;;) {
            shard.run_ready();
            if (done()) return true;
            if (Clock::now() > deadline) return false;
            std::this_thread::sleep_for(200us);  // the other side is another process
        }
    }
    /// What a raw reader sees next, with the shard running.
    std::optional<Raw> next(RawReader& reader, std::chrono::milliseconds within = 20s) {
        std::optional<Raw> found;
        until([&] { return (found = reader.next(0ms)).has_value(); }, within);
        return found;
    }
    /// What was seen or sent at several topics, for a comparison: sorted where the other side keeps no order among them.
    std::vector<std::string> across_topics(std::vector<std::string> list) const {
        if (!other_side->keeps_order_across_topics()) std::sort(list.begin(), list.end());
        return list;
    }
    /// Runs the shard for a while, for cases that say that something does not happen.
    void run_for(std::chrono::milliseconds time) {
        until([] { return false; }, time * other_side->slowness());
    }
    /// Runs a coroutine to its end.
    Result<void> run(boost::asio::awaitable<Result<void>> work) {
        std::optional<Result<void>> result;
        boost::asio::co_spawn(shard.io(), keep(std::move(work), result), boost::asio::detached);
        if (!until([&] { return result.has_value(); }, 60s)) throw std::runtime_error("it never ended");
        return *result;
    }
    void run(boost::asio::awaitable<void> work) {
        static_cast<void>(run(with_result(std::move(work))));
    }

    Gateway gateway{{.name = "contract"}};
    Shard& shard = gateway.shard(0);
    std::unique_ptr<OtherSide> other_side;

private:
    static boost::asio::awaitable<void> keep(boost::asio::awaitable<Result<void>> work,
                                             std::optional<Result<void>>& result) {
        result = co_await std::move(work);
    }
    static boost::asio::awaitable<Result<void>> with_result(boost::asio::awaitable<void> work) {
        co_await std::move(work);
        co_return Result<void>();
    }
};

/// A source under test with what it brought.
struct OpenSource {
    OpenSource(Bench& on, Backend& backend, std::vector<std::string> patterns, std::uint32_t credit = 1000);

    /// Opens it (again) and grants `credit`.
    void open(std::uint32_t credit);
    void close() { bench.run(source->close()); }
    /// Until it has brought `count` messages in all.
    bool has(std::size_t count) {
        return bench.until([&] { return reading.count() >= count; });
    }
    /// Settles everything it brought so far.
    void settle_all(Outcome outcome = Outcome::accepted) {
        for (Receipt& receipt : reading.receipts) receipt.settle(outcome);
    }

    Bench& bench;
    Reading reading;
    std::unique_ptr<Source> source;
};

/// A sink under test with what became of what it was sent.
struct OpenSink {
    OpenSink(Bench& on, Backend& backend);

    void open();
    void close() { bench.run(sink->close()); }
    /// Sends with the next token, which count from 0.
    void send(const Raw& message, std::unique_ptr<const Properties> properties = nullptr);
    /// Until `count` receipts were settled in all.
    bool has_settled(std::size_t count) {
        return bench.until([&] { return writing.settled.size() >= count; });
    }

    Bench& bench;
    Writing writing;
    std::unique_ptr<Sink> sink;
    std::uint64_t next_token = 0;
};

/// Messages that have not arrived by then are not coming.
inline constexpr auto a_while = 150ms;

}  // namespace rialto::contract
