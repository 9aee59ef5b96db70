#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/subscriptions.hpp"
#include "core/adapter.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"

namespace rialto::redis {

/// Subscribes to channels and patterns on a connection of its own (RESP 2 asks for that). Redis keeps nothing and waits
/// for nobody, so receipts are empty; without credit the connection is not read, and a Redis whose output buffer for it
/// is full ends it (client-output-buffer-limit pubsub). Lives on: one shard.
class Source final : public rialto::Source, private ConnectionUser {
public:
    /// @param unmappable  counts channels that are no topics, whose messages are dropped
    Source(Shard& shard, Login login, std::vector<TopicFilter> filters, Counter& unmappable);
    ~Source() override;

    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override;
    void grant(std::uint32_t more) override;
    boost::asio::awaitable<void> close() override;

private:
    void on_reply(const redisReply& reply) noexcept override;
    bool wants_more() const noexcept override { return waiting_.empty() || subscribed_; }
    void on_silence() noexcept override { connection_->send({"PING"}); }
    void on_lost(const Error& why) noexcept override;
    void on_stopped() noexcept override { connection_ = nullptr; }

    void subscribe();
    void on_subscribed();
    void on_message(std::string_view channel, std::string_view payload, std::optional<std::string_view> pattern);
    void hand_on();
    void disconnect();

    Shard& shard_;
    Login login_;
    Subscriptions subscriptions_;
    Counter& unmappable_;
    log::RateLimit unmappable_log_;
    Inlet* inlet_ = nullptr;
    Connection* connection_ = nullptr;
    Answer<void>* subscribed_ = nullptr;  ///< set while open() waits for the confirmations
    std::size_t unconfirmed_ = 0;         ///< subscriptions
    std::deque<MessagePtr> waiting_;      ///< for credit; read before the source was open, or the rest of a read
    std::uint64_t credit_ = 0;
    bool is_handing_on_ = false;
};

}  // namespace rialto::redis
