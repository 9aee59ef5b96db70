#pragma once

#include "adapters/mqtt/client_settings.hpp"
#include "adapters/mqtt/codec/packets.hpp"
#include "adapters/mqtt/send_window.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"

#include <deque>
#include <vector>

namespace rialto::mqtt {

class ClientPeer;

/// The writing half of a client: sends as much as the broker takes at once, and settles a receipt when the broker has
/// acknowledged. A loss releases all of them in order: repeating is the route's. A QoS 2 message of which nobody knows
/// whether the broker has it is remembered, so that the route's repetition goes out under its old packet identifier and
/// is delivered once. Lives on: one shard.
class Outflow {
public:
    struct Counters {
        Counter& too_large;      ///< rejected: larger than the broker takes
        Counter& unsendable;     ///< rejected: brokers end the connection over such a topic
        Counter& expired;        ///< dropped, their time being over
        Counter& lost_retain;    ///< sent without their retain flag: the broker keeps no last values
    };

    Outflow(const ClientSettings& settings, Counters counters) noexcept;

    void attach(ClientPeer& peer, const ServerLimits& limits);
    /// Settles everything as released, oldest first.
    void detach() noexcept;

    /// Precondition: attached. What does not fit in the window waits here.
    void send(MessagePtr message, Receipt receipt);
    /// PUBACK, PUBREC or PUBCOMP.
    Fault on_ack(const Ack& packet);
    /// There may be room again.
    void pump();

    /// Settles everything as released; the connection goes on, and answers that still come mean nothing.
    void release_all() noexcept;
    /// A packet identifier for a SUBSCRIBE, far from those of messages, which share their space [MQTT-2.2.1-3].
    PacketId spare_id(std::size_t nth) const noexcept {
        return static_cast<PacketId>((window_.next_id() + SendWindow::id_count / 2 + nth) % SendWindow::id_count + 1);
    }

    /// Unacknowledged messages that are worth to be sent at once.
    std::size_t window() const noexcept { return std::min(limits_.receive_maximum, settings_.window); }
    /// Whether something the broker has to say is waited for.
    bool is_waiting() const noexcept { return window_.in_flight() != 0; }

private:
    struct Queued {
        MessagePtr message;
        Receipt receipt;
    };

    std::vector<Receipt> take_receipts();
    bool has_room() const;
    void write(Queued& queued);
    bool repeat(Queued& queued);
    void finish_released();
    void abandon(PacketId id, Outgoing& entry);
    Qos qos_of(const Message& message) const noexcept;
    void log_refusal(const Ack& packet);

    static constexpr std::size_t most_backlog = 8 * 1024 * 1024;  // bytes that the broker has not read

    const ClientSettings& settings_;
    Counters counters_;
    ServerLimits limits_;
    ClientPeer* peer_ = nullptr;
    SendWindow window_;
    std::deque<Queued> queue_;
    bool is_pumping_ = false;
    log::RateLimit refusal_log_;
};

}  // namespace rialto::mqtt
