#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>

#include "adapters/redis/connection.hpp"

namespace rialto::redis::streams {

/// A connection on which each reply goes to the function that its command came with. Lives on: one shard.
class Caller final : private ConnectionUser {
public:
    using OnReply = std::function<void(const redisReply& reply)>;
    using OnLost = std::function<void(const Error& why)>;

    /// @param on_lost  said once after each open() that succeeded, unless quit() was called; no reply comes any more
    Caller(Shard& shard, Login login, OnLost on_lost);
    ~Caller() { quit(); }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    /// Connects and logs in. @error as redis::connect()
    boost::asio::awaitable<Result<void>> open();
    bool is_open() const noexcept { return connection_ != nullptr; }

    /// @pre is_open()
    void call(std::span<const std::string_view> words, OnReply on_reply);
    void call(std::initializer_list<std::string_view> words, OnReply on_reply) {
        call(std::span<const std::string_view>(words.begin(), words.size()), std::move(on_reply));
    }
    /// Ends the connection because of what was replied; on_lost is told. @pre is_open()
    void abort(const Error& why) { connection_->abort(why); }
    /// The same with Redis' own words. @param doing  "reading streams"
    void abort(std::string_view doing, const redisReply& reply);
    /// Ends it in good manners. Nobody hears anything any more.
    void quit();

private:
    void on_reply(const redisReply& reply) noexcept override;
    void on_silence() noexcept override;
    void on_lost(const Error& why) noexcept override;
    void on_stopped() noexcept override { connection_ = nullptr; }

    Shard& shard_;
    Login login_;
    OnLost on_lost_;
    Connection* connection_ = nullptr;
    bool is_opened_ = false;
    std::deque<OnReply> unanswered_;
};

/// What a reply says against `doing`: unreachable where it passes, else refused.
Error error_from(std::string_view doing, const redisReply& reply);

}  // namespace rialto::redis::streams
