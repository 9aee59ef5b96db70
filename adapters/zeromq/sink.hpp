#pragma once

#include <memory>
#include <vector>

#include "adapters/zeromq/sender.hpp"
#include "adapters/zeromq/settings.hpp"
#include "adapters/zeromq/sockets.hpp"
#include "core/adapter.hpp"

namespace rialto::zeromq {

/// Sends each message to PUB and to PUSH, as far as the backend has them. ZeroMQ confirms nothing: a receipt is accepted
/// when all sockets have the message, or nobody wants it. Lives on: one shard.
class Sink final : public rialto::Sink, private Flushable, private SocketsUser {
public:
    Sink(Shard& shard, const Settings& settings, Counter& unwanted);

    boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) override;
    void send(MessagePtr message, Receipt receipt) override;
    boost::asio::awaitable<void> close() override;

private:
    void flush() noexcept override;
    void on_news(Socket& socket) noexcept override;
    void on_unreached() noexcept override;
    void end();

    Shard& shard_;
    std::vector<SocketPlan> plans_;
    Format format_;
    Counter& unwanted_;
    SinkWatcher* watcher_ = nullptr;
    Sockets sockets_;
    std::vector<std::unique_ptr<Sender>> senders_;  ///< one for each socket, while open
};

}  // namespace rialto::zeromq
