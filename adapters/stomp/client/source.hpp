#pragma once

#include "adapters/stomp/client/connection.hpp"
#include "adapters/stomp/client/deliveries.hpp"
#include "adapters/stomp/client/subscriptions.hpp"
#include "core/adapter.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"

#include <deque>
#include <memory>
#include <set>

namespace rialto::stomp {

/// Subscribes on a connection of its own and acknowledges each message when it was settled; one that was rejected is given
/// up as the dialect says. One that was released is never answered, and comes again with the next connection, which this
/// source asks for by itself a while later. The broker holds back by its prefetch; one that knows none is not read while
/// as many wait here. Lives on: one shard.
class Source final : public rialto::Source, private ConnectionUser {
public:
    /// @param known       patterns that the broker keeps for this backend as far as we know; updated
    /// @param unmappable  counts destinations that are no topics, whose messages are given up
    Source(Shard& shard, ClientSettings settings, std::vector<TopicFilter> filters,
           std::shared_ptr<std::set<std::string>> known, Counter& unmappable);
    ~Source() override;

    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override;
    void grant(std::uint32_t more) override;
    boost::asio::awaitable<void> close() override;

private:
    /// Hears of the receipts of one connection; those of an earlier one find nobody.
    struct Receipts final : Settler {
        Receipts(Shard& home, Source& of) : Settler(home), source(&of) {}
        void settled(std::uint64_t token, Outcome outcome) noexcept override {
            if (source) source->settled(token, outcome);
        }
        Source* source;
    };
    struct Waiting {
        MessagePtr message;
        Deliveries::Token token;
    };

    void on_frame(Frame& frame) noexcept override;
    void on_lost(const Error& why) noexcept override;
    void on_stopped() noexcept override;

    void subscribe();
    void on_message(Frame& frame);
    Result<std::string> topic_of(const Frame& frame) const;
    void give_up(AckHandle handle, const Error& why);
    void hand_on();
    void settled(std::uint64_t token, Outcome outcome);
    void write_answers(const std::vector<Deliveries::Answer>& answers);
    void begin_connection();
    void end_connection();
    void hold_back();
    bool shares_its_queue() const noexcept;
    std::chrono::milliseconds until_broker_notices() const noexcept;

    Shard& shard_;
    ClientSettings settings_;
    Subscriptions subscriptions_;
    std::shared_ptr<std::set<std::string>> known_;
    Counter& unmappable_;
    log::RateLimit unmappable_log_;
    Timer redelivery_timer_;
    Timer silence_timer_;   ///< armed while the broker may take the lost connection for alive
    Error silence_;
    Inlet* inlet_ = nullptr;
    Connection* connection_ = nullptr;
    Answer<void>* subscribed_ = nullptr;  ///< set while open() waits for the receipts
    std::size_t unconfirmed_ = 0;         ///< subscriptions
    Deliveries deliveries_{false};
    Ref<Receipts> receipts_;
    std::deque<Waiting> waiting_;  ///< for credit
    std::uint64_t credit_ = 0;
    bool is_open_ = false;
    bool is_paused_ = false;
    bool is_handing_on_ = false;
};

}  // namespace rialto::stomp
