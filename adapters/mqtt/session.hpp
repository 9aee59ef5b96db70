#pragma once

#include "adapters/mqtt/inbound.hpp"
#include "adapters/mqtt/kept_session.hpp"
#include "adapters/mqtt/limits.hpp"
#include "adapters/mqtt/outbound.hpp"
#include "adapters/mqtt/will.hpp"
#include "core/shard.hpp"
#include "core/subscriber.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rialto::mqtt {

class Peer;
class Sessions;

/// What the server remembers of one client: subscriptions, messages on their way to it, and what QoS 2 needs.
/// It has a Peer while the client is connected. An idle one is small: what not every client uses is made when
/// it is needed. Lives on: the shard where its client first connected. @source MQTT 5.0 section 4.1
class Session final : public Subscriber {
public:
    Session(Sessions& owner, std::string client_id, std::shared_ptr<const Limits> limits);
    ~Session();

    const std::string& client_id() const noexcept { return client_id_; }
    Peer* peer() const noexcept { return peer_; }
    const Limits& limits() const noexcept { return *limits_; }

    /// The client is connected. Everything unacknowledged goes out again, then what has waited
    /// [MQTT-4.4.0-1].
    void attach(Peer& peer, std::shared_ptr<const Limits> limits);
    /// The connection is gone, or another one takes over.
    void detach();
    /// It is over: subscriptions end, and messages of shared groups go to other members. To be destroyed
    /// next.
    void end();

    /// @return why it was refused, or the granted QoS
    ReasonCode subscribe(const TopicFilter& filter, const SubscriptionOptions& options, bool& is_new);
    bool unsubscribe(const TopicFilter& filter);

    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override;

    /// Writes to the gateway's store, where there is one, what is known of a session that outlives its connection.
    void keep();
    /// Becomes what the store knows of it. Before the shard runs. @error invalid  what is there is damaged
    Result<void> restore(FoundSession& found);
    /// Calls `then` when all so far is safe: at once where nothing is kept, and not at all where its connection is gone.
    void when_safe(std::function<void()> then);

    /// PUBACK, PUBREC and PUBCOMP. @return a fault where the client broke the protocol
    Fault on_ack(const Ack& ack);
    /// Sends what waits, as far as there is room.
    void pump();
    /// Whether messages to the client wait for its acknowledgements: then it must be heard.
    bool waits_for_acks() const noexcept { return outbound_ && outbound_->window.in_flight() != 0; }

    Inbound& inbound();
    Inbound* inbound_if_any() noexcept { return inbound_.get(); }

    /// Seconds that it outlives its connection; all ones for ever. @source MQTT 5.0 section 3.1.2.11.2
    std::uint32_t expiry = 0;
    std::unique_ptr<StoredWill> will;
    /// While it is alone: when it ends, and when its will is due.
    std::unique_ptr<Timer> end_timer;
    std::unique_ptr<Timer> will_timer;

private:
    struct Subscribed {
        TopicFilter filter;
        std::string text;  ///< as the client wrote it, by which they are sorted
    };
    using Subscriptions = std::vector<std::unique_ptr<Subscribed>>;

    Subscriptions::iterator place_of(std::string_view text);
    const TopicFilter* shared_filter(std::string_view name);
    void set_ready(bool ready);
    bool has_room() const;
    void take(Outgoing outgoing, const Receipt& receipt, bool is_replay);
    void take_kept(Outgoing outgoing, const Receipt& receipt, bool is_replay);
    bool load_more();
    bool may_send_next();
    void pump_when_safe();
    void drop(Outgoing& outgoing, Counter& counter);
    void finish(PacketId id, const Outgoing& entry);
    std::size_t waiting() const noexcept { return kept_ ? kept_->waiting() : outbound_->queue.size(); }
    void make_kept(store::Journal& journal);
    bool send(Outgoing& outgoing);
    void rewrite();
    void hand_back(Outgoing& outgoing);
    void watch_stall();
    void drop_overflow();

    Sessions& owner_;
    Peer* peer_ = nullptr;
    std::string client_id_;
    std::shared_ptr<const Limits> limits_;
    Subscriptions subscriptions_;
    std::unique_ptr<Outbound> outbound_;
    std::unique_ptr<KeptSession> kept_;  ///< null where it ends with its connection, or nothing is stored
    Ref<Inbound> inbound_;
    std::uint32_t connection_ = 0;  ///< counts them
    bool has_shared_ = false;
    bool is_ready_ = true;
};

}  // namespace rialto::mqtt
