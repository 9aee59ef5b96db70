#pragma once

#include "adapters/stomp/frame.hpp"
#include "adapters/stomp/heart_beats.hpp"
#include "adapters/stomp/send_ledger.hpp"
#include "adapters/stomp/service.hpp"
#include "adapters/stomp/subscription.hpp"
#include "adapters/stomp/transaction.hpp"
#include "adapters/stomp/version.hpp"
#include "core/net/wire.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rialto::stomp {

/// One client, as the protocol sees it: what it agreed on, its subscriptions, its transactions, what it waits
/// for. Frames come in, frames go out on a Wire; it owns no socket. Lives on: the wire's shard.
class Peer final : private SendWatcher {
public:
    /// Both outlive the peer.
    Peer(Wire& wire, Service& service);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    // For the session.

    /// Handles one frame of the client's. A frame that can't be handled is answered with ERROR and ends the
    /// connection [STOMP 1.2, SEND, SUBSCRIBE, ERROR].
    void handle(Frame& frame);
    /// The octets were no frame: ERROR, and the end.
    void refuse(const Error& error);
    /// Something was read, a heart-beat or part of a frame.
    void heard() noexcept { heart_beats_.heard(); }
    void on_drained();
    /// The connection is gone: subscriptions end, transactions are aborted.
    void end();
    [[nodiscard]] bool is_reading() const noexcept {
        return phase_ == Phase::awaiting_connect || phase_ == Phase::connected;
    }
    /// Its window of unsettled messages is full: no frame is taken before one settles.
    [[nodiscard]] bool is_waiting() const noexcept { return is_paused_; }

    // For the handlers.

    [[nodiscard]] Version version() const noexcept { return version_; }
    [[nodiscard]] ClientNumber number() const noexcept { return identity_.number(); }
    [[nodiscard]] Wire& wire() const noexcept { return wire_; }
    [[nodiscard]] Service& service() const noexcept { return service_; }
    [[nodiscard]] Transactions& transactions() noexcept { return transactions_; }

    /// What the client calls itself, where it does; others may call themselves the same.
    [[nodiscard]] const std::string& client_id() const noexcept { return client_id_; }

    /// CONNECTED is written, the version agreed on.
    void become_connected(Version version, std::string client_id, const HeartBeatOffer& client);

    /// Opens a subscription. Its id is not in use.
    void add(SubscriptionTerms terms, Feed feed);
    [[nodiscard]] Subscription* find(std::string_view subscription_id) noexcept;
    [[nodiscard]] Subscription* find_by_destination(std::string_view destination) noexcept;
    [[nodiscard]] Subscription* find(const DeliveryId& id) noexcept;
    [[nodiscard]] Subscription* find_durable(std::string_view name) noexcept;
    [[nodiscard]] std::size_t subscription_count() const noexcept { return subscriptions_.size(); }
    void remove(Subscription& subscription);

    /// Hands a message to the bus. @param receipt  a share; empty where nobody waits
    void publish(const Sending& sending, Receipt receipt);
    /// A receipt that is answered with RECEIPT once settled; without an id it only counts against the window.
    [[nodiscard]] Receipt open_receipt(std::string receipt_id);
    /// Carries out an ACK or NACK; nothing happens where its message is settled already.
    void settle(const Settlement& settlement);

    /// DISCONNECT: everything before it is settled first, then its RECEIPT goes out and the connection ends.
    void say_goodbye(std::string receipt_id);

    void write_receipt(std::string_view receipt_id);
    /// Writes an ERROR frame and ends the connection.
    void fail_with(const Error& error, std::string_view receipt_id);

private:
    enum class Phase : std::uint8_t { awaiting_connect, connected, saying_goodbye, closed };

    /// Names the connection as the origin of its messages.
    struct Identity final : Subscriber {
        void deliver(const Delivery&, const Receipt&) noexcept override {}
    };

    void sent(const std::string& receipt_id, Outcome outcome) override;
    void write(std::string_view bytes);
    void finish_goodbye();
    void close();
    void on_deadline();

    Wire& wire_;
    Service& service_;
    Identity identity_;
    Phase phase_ = Phase::awaiting_connect;
    Version version_ = Version::v1_0;  ///< until one is agreed on, nothing is escaped
    bool is_paused_ = false;
    std::string client_id_;
    std::string goodbye_receipt_;
    Transactions transactions_;
    Ref<SendLedger> ledger_;
    std::uint32_t last_subscription_ = 0;
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Subscription>> subscriptions_;
    ShardTiming timing_;
    HeartBeats heart_beats_;
    Timer deadline_;  ///< for CONNECT to come, later for the goodbye
};

}  // namespace rialto::stomp
