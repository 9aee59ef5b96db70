#pragma once

#include <deque>
#include <functional>

#include "adapters/redis/connection.hpp"
#include "core/adapter.hpp"
#include "core/log.hpp"

namespace rialto::redis {

/// Sends what one message is at Redis. @return how many commands that were; the reply to the last one is the message's.
using SendMessage = std::function<std::size_t(Connection& connection, const Message& message)>;

/// PUBLISH: its reply says that Redis has handed the message to whoever is subscribed at that moment.
std::size_t send_publish(Connection& connection, const Message& message);

/// Writes on a connection of its own, pipelined: replies come in the order of the commands. Lives on: one shard.
class Sink final : public rialto::Sink, private ConnectionUser {
public:
    Sink(Shard& shard, std::string backend, Login login, SendMessage send_message = send_publish);
    ~Sink() override;

    boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) override;
    /// Redis' own errors: one that passes (loading, out of memory) releases the message, any other one (no permission
    /// for the channel, a key that holds something else) rejects it.
    void send(MessagePtr message, Receipt receipt) override;
    boost::asio::awaitable<void> close() override;

private:
    struct Sent {
        Receipt receipt;
        bool is_aside = false;  ///< a PING, or a command whose reply settles nothing
    };

    void on_reply(const redisReply& reply) noexcept override;
    void on_silence() noexcept override;
    void on_lost(const Error& why) noexcept override;
    void on_stopped() noexcept override { connection_ = nullptr; }
    Outcome outcome_of(const redisReply& reply);
    void log_refusal(const redisReply& reply);
    void release_all();

    Shard& shard_;
    std::string backend_;
    Login login_;
    SendMessage send_message_;
    log::RateLimit refusal_log_;
    SinkWatcher* watcher_ = nullptr;
    Connection* connection_ = nullptr;
    std::deque<Sent> unanswered_;
};

}  // namespace rialto::redis
