#include "core/keep_open.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace rialto {
namespace asio = boost::asio;

KeepOpen::KeepOpen(Shard& shard, Steps steps, OpenWatcher& watcher, Backoff backoff, Arm arm)
    : shard_(shard),
      steps_(std::move(steps)),
      watcher_(watcher),
      backoff_(std::move(backoff)),
      arm_(arm ? std::move(arm) : [&shard](Timer& timer, Clock::duration delay) { shard.arm(timer, delay); }),
      timer_([this] { on_timer(); }) {}

void KeepOpen::start() { begin_try(); }

void KeepOpen::begin_try() {
    state_ = State::opening;
    asio::co_spawn(shard_.io(), try_once(), asio::detached);
}

asio::awaitable<void> KeepOpen::try_once() {
    Result<void> opened = co_await steps_.open();
    if (state_ == State::stopped) {
        if (opened) co_await steps_.close();
        if (end_of_try_) end_of_try_->cancel();
        co_return;
    }
    if (!opened) {
        wait_after(opened.error());
        co_return;
    }
    state_ = State::open;
    arm_(timer_, stable_after);
    watcher_.opened();
}

void KeepOpen::lost(Error why) {
    if (state_ == State::open) wait_after(why);
}

void KeepOpen::wait_after(const Error& why) {
    state_ = State::waiting;
    const auto delay = backoff_.next();
    arm_(timer_, delay);
    watcher_.failed(why, delay);
}

void KeepOpen::on_timer() {
    if (state_ == State::open) return backoff_.reset();
    if (state_ == State::waiting) begin_try();
}

asio::awaitable<void> KeepOpen::stop() {
    const State before = std::exchange(state_, State::stopped);
    timer_.cancel();
    if (before == State::open) co_await steps_.close();
    if (before != State::opening) co_return;
    asio::steady_timer end_of_try(shard_.io(), asio::steady_timer::time_point::max());
    end_of_try_ = &end_of_try;
    co_await end_of_try.async_wait(asio::as_tuple(asio::use_awaitable));
    end_of_try_ = nullptr;
}

KeepOpen::Steps steps_to_keep(Source& source, Inlet& inlet) {
    return {[&source, &inlet] { return source.open(inlet); }, [&source] { return source.close(); }};
}

KeepOpen::Steps steps_to_keep(Sink& sink, SinkWatcher& watcher) {
    return {[&sink, &watcher] { return sink.open(watcher); }, [&sink] { return sink.close(); }};
}

}  // namespace rialto
