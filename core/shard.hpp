#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/mailbox.hpp"
#include "core/timer_wheel.hpp"

namespace rialto {

class Bus;

/// Something that gathered output in this turn and writes it at the turn's end.
class Flushable : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    virtual void flush() noexcept = 0;

protected:
    ~Flushable() = default;
};

/// One thread with an event loop, and all that lives on it: connections, sessions, its tree of subscriptions.
/// Nothing on a shard is locked; other threads reach it by post() alone.
///
/// Work comes in turns: all handlers that are ready run (up to a bound), then everything that they wrote goes out,
/// one write for each connection.
class Shard {
public:
    /// @param index  0-based, unique in its pool
    explicit Shard(std::size_t index);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    std::size_t index() const noexcept { return index_; }
    boost::asio::io_context& io() noexcept { return *io_; }

    /// Runs turns on a thread of its own until stop(). @thread the pool's
    void start();
    /// Ends the loop after the current turn and waits for the thread. Mail that was not run is dropped.
    void stop();
    /// After stop(): drops the mail, and from now on all that comes. Mail may own what belongs to another shard's loop, so
    /// all shards do this before the first one shuts down.
    void drop_mail();
    /// After stop(): drop_mail(), and destroys everything that still waits on the loop, connections among it.
    void shut_down();
    /// For tests and for a shard without a thread: runs what is ready now on the calling thread.
    void run_ready();

    /// The shard whose loop this thread runs; null elsewhere.
    static Shard* current() noexcept;
    bool is_current() const noexcept { return current() == this; }

    /// Runs `task` on this shard, after all that this thread posted before. @thread any
    template <typename Function>
    void post(Function&& task) {
        auto mail = Mailbox::mail_of(std::forward<Function>(task));
        if (is_shut_down_) return;
        if (mailbox_.put(std::move(mail))) wake();
    }

    /// The time at which this turn began: cheap, and the same for all that happens in it.
    Instant now() noexcept {
        if (now_ == Instant{}) now_ = Clock::now();
        return now_;
    }
    /// Fires `timer` once, `delay` from now, rounded up to a tick of the wheel.
    void arm(Timer& timer, Clock::duration delay);

    /// Has `out` flushed at the end of this turn.
    void flush_later(Flushable& out) noexcept {
        if (!out.is_linked()) dirty_.push_back(out);
    }
    /// Counts bytes that wait in this turn's output; past a bound it is time for flush_now().
    void count_gathered(std::size_t bytes) noexcept { gathered_ += bytes; }
    bool has_gathered_much() const noexcept { return gathered_ > gathered_limit; }
    void flush_now() noexcept;
    /// Ends the turn early where the last one had one handler alone: what was written leaves before the system calls that
    /// only prepare the next turn.
    void end_quiet_turn() {
        if (was_quiet_) end_turn();
    }

    /// The one buffer that all connections of this shard read into; valid until the next read.
    std::span<std::uint8_t> read_buffer() noexcept { return {read_buffer_.get(), read_buffer_size}; }

    /// Runs at each turn's end, before the flush: how the bus sends what it gathered for other shards.
    void at_turn_end(std::function<void()> hook) { turn_end_ = std::move(hook); }

    /// This shard's part of the bus; set once by the bus before start().
    Bus& bus() noexcept { return *bus_; }
    void attach(Bus& bus) noexcept { bus_ = &bus; }

private:
    static constexpr std::size_t read_buffer_size = 64 * 1024;
    static constexpr std::size_t gathered_limit = 2 * 1024 * 1024;  // about an L2 cache: flush while it is warm
    static constexpr int handlers_per_turn = 64;                    // bounds how long the first reply waits

    void run();
    void turn();
    void end_turn();
    void wake();
    void drive_wheel();

    std::size_t index_;
    Mailbox mailbox_;
    Instant now_{};  ///< zero until somebody asks in this turn
    TimerWheel wheel_;
    bool wheel_runs_ = false;
    boost::intrusive::list<Flushable, boost::intrusive::constant_time_size<false>> dirty_;
    std::size_t gathered_ = 0;
    std::unique_ptr<std::uint8_t[]> read_buffer_;
    std::function<void()> turn_end_;
    Bus* bus_ = nullptr;
    std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>(1);
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::optional<boost::asio::steady_timer> wheel_timer_;
    bool was_quiet_ = false;  ///< the last turn had one handler
    bool is_shut_down_ = false;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace rialto
