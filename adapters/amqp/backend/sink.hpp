#pragma once

#include <proton/types.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "adapters/amqp/backend/connection.hpp"
#include "adapters/amqp/backend/sender_links.hpp"
#include "core/adapter.hpp"
#include "core/log.hpp"

namespace rialto::amqp {

/// Writes to a broker, on a connection of its own. A message is sent unsettled when there is credit for it, in the order of
/// the calls; its outcome is its receipt's. Lives on: one shard.
class Sink final : public rialto::Sink, private Connection {
public:
    Sink(Shard& shard, std::shared_ptr<const ClientSettings> settings, std::function<void(Dialect)> on_dialect);
    ~Sink() override;

    boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) override;
    void send(MessagePtr message, Receipt receipt) override;
    /// Waits a moment for the outcomes that are missing.
    boost::asio::awaitable<void> close() override;

private:
    struct Queued {
        MessagePtr message;
        Receipt receipt;
        std::string address;
    };
    struct Sent {
        Receipt receipt;
        pn_link_t* link;
        bool is_settled = false;
    };

    void on_link_opened(pn_link_t* link) noexcept override;
    void on_link_closed(pn_link_t* link) noexcept override;
    void on_flow(pn_link_t*) noexcept override { pump(); }
    void on_writable() noexcept override { pump(); }
    void on_delivery(pn_delivery_t* delivery) noexcept override;
    void on_links_gone() noexcept override;
    void on_connection_lost(const Error& why) noexcept override;

    std::optional<std::string> common_address() const;
    void pump();
    void transmit(Queued& next, SenderLinks::Link& link);
    void settle(std::uint64_t number, Outcome outcome);
    void forget_settled();
    void reject_all_of(pn_link_t* link, const std::string& address);
    void release_all();
    void log_refusal(std::string_view address, const std::string& reason);

    std::function<void(Dialect)> on_dialect_;
    log::RateLimit refusal_log_;
    std::optional<Addressing> addressing_;  ///< set by open()
    SinkWatcher* watcher_ = nullptr;
    SenderLinks links_;
    std::deque<Queued> queue_;          ///< without a link or credit yet
    std::deque<Sent> sent_;             ///< without an outcome yet, and what was sent after it
    std::uint64_t first_sent_ = 0;      ///< the number of sent_.front()
    std::uint64_t last_tag_ = 0;
    Answer<void>* drained_ = nullptr;   ///< of a close() that waits
    bool is_pumping_ = false;
};

}  // namespace rialto::amqp
