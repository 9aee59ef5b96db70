#include "core/shard.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace rialto {
namespace {

thread_local Shard* current_shard = nullptr;

}  // namespace

Shard::Shard(std::size_t index)
    : index_(index),
      wheel_(Clock::now()),
      read_buffer_(std::make_unique<std::uint8_t[]>(read_buffer_size)) {
    work_.emplace(boost::asio::make_work_guard(*io_));
    wheel_timer_.emplace(*io_);
}

Shard::~Shard() {
    stop();
    shut_down();
}

Shard* Shard::current() noexcept { return current_shard; }

void Shard::start() {
    thread_ = std::thread([this] { run(); });
}

void Shard::stop() {
    stopping_ = true;
    if (!thread_.joinable()) return;
    boost::asio::post(*io_, [] {});
    thread_.join();
}

void Shard::drop_mail() {
    is_shut_down_ = true;
    mailbox_.drop_all();
}

void Shard::shut_down() {
    drop_mail();
    turn_end_ = nullptr;
    work_.reset();
    wheel_timer_.reset();
    io_.reset();
}

void Shard::run() {
    current_shard = this;
    while (!stopping_) turn();
    current_shard = nullptr;
}

// Looking whether more is ready costs a system call. Where nothing was the last time, what the first handler wrote does not
// wait for that.
void Shard::turn() {
    io_->run_one();
    end_quiet_turn();
    int handlers = 1;
    while (handlers < handlers_per_turn && io_->poll_one() != 0) ++handlers;
    const bool is_done = std::exchange(was_quiet_, handlers == 1);
    if (!is_done || handlers > 1) end_turn();
}

void Shard::run_ready() {
    Shard* const outer = std::exchange(current_shard, this);
    do {
        mailbox_.run_all();
        end_turn();
    } while (io_->poll() != 0);
    current_shard = outer;
}

void Shard::end_turn() {
    if (turn_end_) turn_end_();
    flush_now();
    now_ = Instant{};
}

void Shard::flush_now() noexcept {
    gathered_ = 0;
    while (!dirty_.empty()) {
        Flushable& out = dirty_.front();
        dirty_.pop_front();
        out.flush();
    }
}

void Shard::wake() {
    boost::asio::post(*io_, [this] { mailbox_.run_all(); });
}

void Shard::arm(Timer& timer, Clock::duration delay) {
    wheel_.arm(timer, now() + delay);
    if (!wheel_runs_) drive_wheel();
}

void Shard::drive_wheel() {
    wheel_runs_ = true;
    wheel_timer_->expires_after(TimerWheel::tick);
    wheel_timer_->async_wait([this](const boost::system::error_code& error) {
        wheel_runs_ = false;
        if (error) return;
        wheel_.advance(now());
        if (!wheel_runs_ && !wheel_.is_empty()) drive_wheel();
    });
}

}  // namespace rialto
