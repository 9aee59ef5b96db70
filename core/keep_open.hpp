#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "core/adapter.hpp"
#include "core/backoff.hpp"
#include "core/shard.hpp"

namespace rialto {

/// Hears how a connection that is kept open fares. Lives on: the keeper's shard.
class OpenWatcher {
public:
    /// It works now: for the first time, or again.
    virtual void opened() noexcept = 0;
    /// A try failed, or the connection was lost. The next try begins after `retry_in`.
    virtual void failed(const Error& why, Backoff::Duration retry_in) noexcept = 0;

protected:
    ~OpenWatcher() = default;
};

/// Opens a source or a sink, and opens it again after every failed try and every loss, waiting longer each time. The
/// only reconnect loop there is. A connection that held for `stable_after` counts as good: the next loss is answered
/// quickly again, while one that breaks right after opening is not hammered.
///
/// Lives on: one shard; every call comes from it. Destroyed after stop() has returned, or after the gateway has stopped.
class KeepOpen {
public:
    /// What to do to open and to close. `open` is never called while the last one is under way or holds.
    struct Steps {
        std::function<boost::asio::awaitable<Result<void>>()> open;
        std::function<boost::asio::awaitable<void>()> close;
    };
    /// How a timer is armed: the shard's own way, or in tests a wheel with a clock that the test turns.
    using Arm = std::function<void(Timer&, Clock::duration)>;

    static constexpr std::chrono::seconds stable_after{10};

    KeepOpen(Shard& shard, Steps steps, OpenWatcher& watcher, Backoff backoff = Backoff(), Arm arm = {});
    KeepOpen(const KeepOpen&) = delete;
    KeepOpen& operator=(const KeepOpen&) = delete;

    /// Begins the first try. Called once.
    void start();
    /// What Inlet::lost() and SinkWatcher::lost() are passed on to.
    void lost(Error why);
    /// Tries no more, waits for a try that is under way, and closes what is open.
    boost::asio::awaitable<void> stop();

    bool is_open() const noexcept { return state_ == State::open; }

private:
    enum class State : std::uint8_t { idle, opening, open, waiting, stopped };

    void begin_try();
    boost::asio::awaitable<void> try_once();
    void wait_after(const Error& why);
    void on_timer();

    Shard& shard_;
    Steps steps_;
    OpenWatcher& watcher_;
    Backoff backoff_;
    Arm arm_;
    Timer timer_;                                       ///< the next try while waiting; "stable" while open
    boost::asio::steady_timer* end_of_try_ = nullptr;  ///< set while stop() waits for a try
    State state_ = State::idle;
};

/// A source opened for `inlet`; its owner passes Inlet::lost() on.
KeepOpen::Steps steps_to_keep(Source& source, Inlet& inlet);
/// A sink opened for `watcher`; its owner passes SinkWatcher::lost() on.
KeepOpen::Steps steps_to_keep(Sink& sink, SinkWatcher& watcher);

}  // namespace rialto
