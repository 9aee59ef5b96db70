#pragma once

#include <deque>
#include <memory>
#include <string>

#include "adapters/memory/broker.hpp"
#include "core/adapter.hpp"

namespace rialto::memory {

/// Publishes to the broker; a receipt settles when the broker has confirmed. Lives on: one shard.
class Sink final : public rialto::Sink, private Client {
public:
    Sink(Shard& shard, std::shared_ptr<Broker> broker, std::string client);
    ~Sink() override;

    boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) override;
    void send(MessagePtr message, Receipt receipt) override;
    boost::asio::awaitable<void> close() override;

private:
    struct Sent {
        std::uint64_t number;
        Receipt receipt;
    };

    void confirmed(std::uint64_t number, Outcome outcome) noexcept override;
    void lost(const Error& reason) noexcept override;
    void disconnect();

    Shard& shard_;
    std::shared_ptr<Broker> broker_;
    std::string client_;
    SinkWatcher* watcher_ = nullptr;
    Ref<Link> link_;  ///< null while not open
    std::deque<Sent> unsettled_;
    std::uint64_t last_number_ = 0;
};

}  // namespace rialto::memory
