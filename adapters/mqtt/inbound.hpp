#pragma once

#include "adapters/mqtt/ack_queue.hpp"
#include "core/bus.hpp"
#include "core/shard.hpp"

#include <functional>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rialto::mqtt {

/// Who writes acknowledgements to the other side.
class AckWriter {
public:
    virtual void write_ack(PacketType type, PacketId id, ReasonCode reason) = 0;
    /// A message could not be taken now and no acknowledgement can say so: the connection has to end, so that
    /// it comes again on the next one. Called last.
    virtual void ask_again() = 0;
    /// The number of unacknowledged messages went down.
    virtual void acknowledged_some() = 0;

protected:
    ~AckWriter() = default;
};

/// Where the identifiers of QoS 2 messages that were published are kept beyond the process.
class ReceivedLog {
public:
    /// `done` is called when it is safe, on the shard.
    virtual void add(PacketId id, std::function<void()> done) = 0;
    virtual void remove(PacketId id) = 0;

protected:
    ~ReceivedLog() = default;
};

/// The messages that the other side sent at QoS 1 and 2: publishes them, and acknowledges each when its receipt
/// settles, in the order of arrival. What QoS 2 has to remember stays when the connection goes. Lives on: one
/// shard; kept alive by the receipts that it waits for.
class Inbound : public Settler {
public:
    explicit Inbound(Shard& home) noexcept : Settler(home) {}

    /// A connection starts; until detach() acknowledgements go to `writer`.
    void attach(AckWriter& writer, Version version) noexcept;
    /// It is gone. What was not acknowledged will be sent again [MQTT-4.4.0-1].
    void detach() noexcept;
    /// The session is over: nothing of it may be remembered.
    void forget() noexcept {
        received_.clear();
        log_ = nullptr;
    }

    /// From now on PUBREC waits until the identifier is safe. `log` outlives forget().
    void keep_in(ReceivedLog& log) noexcept { log_ = &log; }
    /// A QoS 2 message whose identifier was kept: it was published.
    void restore(PacketId id) { received_[id].is_settled = true; }

    void publish(const MessagePtr& message, PacketId id);
    /// Whether this is a QoS 2 message that is here already; then it is acknowledged again [MQTT-4.3.3-10],
    /// and must not be published.
    bool is_repeated(PacketId id);
    /// PUBREL. @return false where no such message is known
    bool release(PacketId id) {
        if (received_.erase(id) == 0) return false;
        if (log_) log_->remove(id);
        return true;
    }

    /// Messages that count against our Receive Maximum.
    std::size_t unacknowledged() const noexcept { return qos_1_ + received_.size(); }

    void settled(std::uint64_t token, Outcome outcome) noexcept final;

protected:
    /// Passes a message on: to the bus, where nobody says otherwise. @return whether anybody may want it
    virtual bool hand_over(const MessagePtr& message, Receipt receipt) {
        return home().bus().publish(message, std::move(receipt));
    }

private:
    /// A QoS 2 message between PUBLISH and PUBREL.
    struct Received {
        AckQueue::Ticket ticket;       ///< of its receipt
        AckQueue::Ticket waiting = 0;  ///< of a repetition that came before the receipt had settled
        bool is_settled = false;
    };

    void conclude(AckQueue::Ticket ticket, PacketId id, Outcome outcome) noexcept;
    bool has_to_be_safe_first(AckQueue::Ticket ticket, PacketId id, Outcome outcome) const noexcept;
    void settle_exactly_once(PacketId id, AckQueue::Ticket ticket, Outcome outcome) noexcept;
    void flush() noexcept;
    ReasonCode reason_of(Outcome outcome) const noexcept;

    AckWriter* writer_ = nullptr;
    ReceivedLog* log_ = nullptr;
    AckQueue acks_;
    boost::unordered_flat_map<PacketId, Received> received_;
    std::size_t qos_1_ = 0;
    Version version_ = Version::v311;
    bool is_publishing_ = false;
    bool has_to_come_again_ = false;
};

}  // namespace rialto::mqtt
