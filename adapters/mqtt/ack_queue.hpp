#pragma once

#include "adapters/mqtt/codec/packets.hpp"

#include <cstdint>

#include <boost/circular_buffer.hpp>

namespace rialto::mqtt {

/// Received messages that wait for their acknowledgement, oldest first. They may get ready in any order, and
/// are acknowledged in the order in which they arrived [MQTT-4.6.0-2] [MQTT-4.6.0-3]. Lives on: one shard.
class AckQueue {
public:
    /// Numbers entries; never used twice.
    using Ticket = std::uint64_t;

    Ticket push(PacketId id, Qos qos) {
        if (entries_.full()) entries_.set_capacity(entries_.empty() ? 8 : entries_.capacity() * 2);
        entries_.push_back({id, qos, false, ReasonCode::success});
        return first_ + entries_.size() - 1;
    }

    bool holds(Ticket ticket) const noexcept { return ticket >= first_ && ticket - first_ < entries_.size(); }

    /// Precondition for both: holds(ticket).
    void set_reason(Ticket ticket, ReasonCode reason) noexcept { at(ticket).reason = reason; }
    void make_ready(Ticket ticket) noexcept { at(ticket).is_ready = true; }

    /// Takes the entries at the front that are ready, calling `acknowledge(PacketId, Qos, ReasonCode)` for
    /// each.
    template <typename Acknowledge> void take_ready(Acknowledge&& acknowledge) {
        while (!entries_.empty() && entries_.front().is_ready) {
            const Entry entry = entries_.front();
            entries_.pop_front();
            ++first_;
            acknowledge(entry.id, entry.qos, entry.reason);
        }
    }

    /// Forgets all: the connection that they came on is gone.
    void clear() {
        first_ += entries_.size();
        entries_.set_capacity(0);
    }

    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        PacketId id;
        Qos qos;
        bool is_ready;
        ReasonCode reason;
    };

    Entry& at(Ticket ticket) noexcept { return entries_[static_cast<std::size_t>(ticket - first_)]; }

    boost::circular_buffer<Entry> entries_;
    Ticket first_ = 1;
};

}  // namespace rialto::mqtt
