#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "core/adapter.hpp"
#include "core/backoff.hpp"
#include "core/metrics.hpp"
#include "core/shard.hpp"

namespace rialto::bridge {

/// What stands between routes and one backend's sink: a queue in order, a window of messages that are sent and not yet
/// confirmed, and the retries. When one is not confirmed, it and all behind it go again in the same order (go-back-N):
/// order is kept, at the cost of repeats. Other backends do not notice. Lives on: the backend's shard.
class Outlet {
public:
    struct Limits {
        /// Messages that nobody waits for are dropped beyond this, newest first. Those with a receipt are bounded by
        /// what their sources may have unsettled.
        std::size_t unacknowledged_messages = 10'000;
        std::size_t unacknowledged_bytes = 64 * 1024 * 1024;
    };
    struct Counters {
        Counter& sent;      ///< confirmed by the other side
        Counter& repeated;  ///< sent again
        Counter& rejected;  ///< refused for good by the other side
        Counter& dropped;   ///< over the limits
        Counter& expired;   ///< their time was over before they could be sent
        Gauge& queued;      ///< waiting or unconfirmed now
    };

    /// Called just before each message goes to the sink, repeats included.
    using OnSend = std::function<void(const Message& message)>;

    Outlet(Shard& shard, std::string backend, Limits limits, Counters counters, OnSend on_send = {},
           Backoff backoff = Backoff());
    ~Outlet();
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;

    /// Takes a message over. The receipt settles when the backend has confirmed it or refused it for good.
    void push(MessagePtr message, Receipt receipt);
    /// The sink works: sends what waits, oldest first. `sink` stays valid until closed().
    void opened(Sink& sink);
    /// The sink is gone; everything unconfirmed waits for the next one.
    void closed();

    Shard& shard() const noexcept { return shard_; }
    std::size_t size() const noexcept { return queue_.size(); }
    bool is_idle() const noexcept { return queue_.empty(); }

private:
    class Confirmations;
    struct Entry {
        MessagePtr message;
        Receipt receipt;
        bool has_receipt;
        bool is_done = false;
        bool was_sent = false;
    };

    void send_more();
    void send(Entry& entry, std::uint64_t number);
    void settled(std::uint64_t token, Outcome outcome);
    void go_back();
    void pop_done();
    bool has_room_for(const Message& message) const noexcept;

    Shard& shard_;
    std::string backend_;
    Limits limits_;
    Counters counters_;
    OnSend on_send_;
    Backoff backoff_;
    Timer retry_;
    Ref<Confirmations> confirmations_;
    Sink* sink_ = nullptr;
    std::deque<Entry> queue_;
    std::uint64_t first_ = 0;        ///< number of queue_.front()
    std::uint64_t next_ = 0;         ///< number of the next entry to send
    std::uint64_t unconfirmed_ = 0;  ///< sent in this round and not settled
    std::uint16_t round_ = 0;        ///< raised by each go-back, so that late answers are told apart
    std::size_t unacknowledged_count_ = 0;
    std::size_t unacknowledged_bytes_ = 0;
    bool is_sending_ = false;
};

}  // namespace rialto::bridge
