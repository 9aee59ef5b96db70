#pragma once

#include "adapters/stomp/client/connection.hpp"
#include "core/adapter.hpp"
#include "core/log.hpp"

#include <deque>

namespace rialto::stomp {

/// Sends on a connection of its own, each message with a receipt. RECEIPT says that the broker has the message.
/// Receipts are settled in the order of the sends. Lives on: one shard.
class Sink final : public rialto::Sink, private ConnectionUser {
public:
    Sink(Shard& shard, ClientSettings settings);
    ~Sink() override;

    boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) override;
    /// An ERROR that names a message and says that we may not send it rejects that message; it also ends the connection,
    /// as every ERROR does, and what was outstanding is released.
    void send(MessagePtr message, Receipt receipt) override;
    std::size_t window() const override { return settings_.window; }
    /// Waits a little for the receipts that are still to come.
    boost::asio::awaitable<void> close() override;

private:
    struct Sent {
        Receipt receipt;
        bool is_accepted = false;
    };

    void on_frame(Frame& frame) noexcept override;
    void on_error(const Frame& error) noexcept override;
    void on_lost(const Error& why) noexcept override;
    void on_stopped() noexcept override { connection_ = nullptr; }
    /// Which of `sent_` it is; nothing where it is none.
    std::optional<std::size_t> place_of(std::string_view receipt_id) const noexcept;
    void release_all();

    Shard& shard_;
    ClientSettings settings_;
    log::RateLimit refusal_log_;
    SinkWatcher* watcher_ = nullptr;
    Connection* connection_ = nullptr;
    std::deque<Sent> sent_;
    std::uint64_t first_ = 0;  ///< the number of sent_.front(); numbers are receipt ids
};

}  // namespace rialto::stomp
