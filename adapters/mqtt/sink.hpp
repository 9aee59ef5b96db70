#pragma once

#include "adapters/mqtt/client.hpp"

#include <memory>

namespace rialto::mqtt {

/// The writing half of a client, as the engine sees it. A receipt settles with PUBACK or PUBREC: accepted, or rejected
/// where the broker refuses the message. At QoS 0, which has no answer, it settles when the message was written.
/// Lives on: one shard.
class Sink final : public rialto::Sink {
public:
    explicit Sink(std::shared_ptr<Client> client) : client_(std::move(client)) {}
    ~Sink() override { client_->close_sink(); }

    boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) override { return client_->open_sink(watcher); }
    void send(MessagePtr message, Receipt receipt) override {
        client_->outflow().send(std::move(message), std::move(receipt));
    }
    std::size_t window() const override { return client_->outflow().window(); }
    boost::asio::awaitable<void> close() override {
        client_->close_sink();
        co_return;
    }

private:
    std::shared_ptr<Client> client_;
};

}  // namespace rialto::mqtt
