#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "core/error.hpp"

namespace rialto {

/// Something that one coroutine waits for and somebody else on the same shard gives: how a handshake, which is spoken by
/// plain functions, is awaited. A local of the coroutine; whoever gives holds a pointer that the coroutine takes back.
template <typename T>
class Answer {
public:
    explicit Answer(boost::asio::io_context& io) : given_(io) {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    /// The first one counts.
    void give(Result<T> result) {
        if (result_) return;
        result_.emplace(std::move(result));
        given_.cancel();
    }

    /// @error timed_out  `too_late` says it; or whatever was given
    boost::asio::awaitable<Result<T>> wait(std::chrono::milliseconds within, std::string too_late) {
        given_.expires_after(within);
        if (!result_) co_await given_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!result_) co_return fail(Errc::timed_out, std::move(too_late));
        co_return *std::move(result_);
    }

private:
    std::optional<Result<T>> result_;
    boost::asio::steady_timer given_;
};

}  // namespace rialto
