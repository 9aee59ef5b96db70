#pragma once

#include "adapters/mqtt/codec/types.hpp"
#include "core/message.hpp"
#include "core/receipt.hpp"
#include "core/topic.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <boost/circular_buffer.hpp>

namespace rialto::mqtt {

/// A message on its way to the other side at QoS 1 or 2.
struct Outgoing {
    enum class State : std::uint8_t {
        sent,      ///< waits for PUBACK or PUBREC
        released,  ///< PUBREC came: waits for PUBCOMP, and the message is not needed any more
        done,
    };

    MessagePtr message;
    std::unique_ptr<std::vector<std::uint32_t>>
        identifiers;  ///< of the subscriptions that it matched; mostly none
    const TopicFilter* shared =
        nullptr;      ///< the shared subscription that it came through; lives in the session
    std::uint64_t number = 0;  ///< in the session's part of the store; 0 where it is not there
    Receipt receipt;  ///< kept until the message is safe here, or acknowledged there
    Qos qos = Qos::at_least_once;
    bool retain = false;
    bool is_repeat = false;  ///< it may have been sent before the gateway was started
    State state = State::sent;

    std::span<const std::uint32_t> ids() const noexcept {
        return identifiers ? std::span<const std::uint32_t>(*identifiers) : std::span<const std::uint32_t>{};
    }
};

/// The messages that the other side has not acknowledged, in the order of sending, found by packet
/// identifier. Identifiers are given out in turn, so an acknowledgement is found by subtraction. Lives on:
/// one shard.
class SendWindow {
public:
    static constexpr std::size_t id_count = 65'535;  ///< 1..65535

    /// The identifier that add() will give.
    PacketId next_id() const noexcept { return id_at(entries_.size()); }

    /// Whether all identifiers between the oldest unacknowledged message and the latest are in use.
    bool is_full() const noexcept { return entries_.size() >= id_count; }

    /// Precondition: !is_full(). The message has been written to the current connection.
    PacketId add(Outgoing outgoing) {
        const PacketId id = next_id();
        if (entries_.full()) entries_.set_capacity(entries_.empty() ? 4 : entries_.capacity() * 2);
        entries_.push_back(std::move(outgoing));
        ++written_;
        ++in_flight_;
        return id;
    }

    /// Whether so many identifiers are free that this one can be the next.
    bool can_skip_to(PacketId id) const noexcept {
        return entries_.empty() || entries_.size() + (id - next_id() + id_count) % id_count < id_count;
    }
    /// Makes `id` the one that add() will give. Precondition: can_skip_to(id), !has_to_rewrite().
    void skip_to(PacketId id) {
        if (entries_.empty()) first_ = id - 1U;
        while (next_id() != id) {
            if (entries_.full()) entries_.set_capacity(entries_.capacity() * 2);
            entries_.push_back({});
            entries_.back().state = Outgoing::State::done;
            ++written_;
        }
    }

    /// The unacknowledged message with this identifier; null where there is none.
    Outgoing* find(PacketId id) noexcept {
        const std::size_t offset = offset_of(id);
        if (offset >= entries_.size() || entries_[offset].state == Outgoing::State::done) return nullptr;
        return &entries_[offset];
    }

    /// The exchange of this identifier is over. Precondition: find(id) is not null.
    void finish(PacketId id) {
        const std::size_t offset = offset_of(id);
        Outgoing& entry = entries_[offset];
        entry.state = Outgoing::State::done;
        entry.message.reset();
        entry.identifiers.reset();
        if (offset < written_) --in_flight_;
        drop_finished();
    }

    /// How many unacknowledged messages the current connection carries.
    std::size_t in_flight() const noexcept { return in_flight_; }
    std::size_t size() const noexcept { return entries_.size(); }
    bool empty() const noexcept { return entries_.empty(); }

    /// A new connection has carried nothing yet: everything unacknowledged is to be written again
    /// [MQTT-4.4.0-1].
    void rewind() noexcept {
        written_ = 0;
        in_flight_ = 0;
    }

    /// The next entry to write again, with its identifier; null when there is none. Call wrote_next() when it
    /// is written.
    Outgoing* next_to_rewrite(PacketId& id) noexcept {
        while (written_ < entries_.size() && entries_[written_].state == Outgoing::State::done) ++written_;
        if (written_ >= entries_.size()) return nullptr;
        id = id_at(written_);
        return &entries_[written_];
    }
    void wrote_next() noexcept {
        ++written_;
        ++in_flight_;
    }
    bool has_to_rewrite() const noexcept { return written_ < entries_.size(); }

    /// Visits all unacknowledged ones, oldest first.
    template <typename Visit> void for_each(Visit&& visit) {
        for (Outgoing& entry : entries_) {
            if (entry.state != Outgoing::State::done) visit(entry);
        }
    }

private:
    static constexpr std::size_t kept_capacity = 32;  // an idle client should own next to nothing

    PacketId id_at(std::size_t offset) const noexcept {
        return static_cast<PacketId>((first_ + offset) % id_count + 1);
    }
    std::size_t offset_of(PacketId id) const noexcept {
        return id == 0 ? id_count : (id - 1 + id_count - first_) % id_count;
    }

    void drop_finished() {
        while (!entries_.empty() && entries_.front().state == Outgoing::State::done) {
            entries_.pop_front();
            first_ = (first_ + 1) % id_count;
            if (written_ != 0) --written_;
        }
        if (entries_.empty() && entries_.capacity() > kept_capacity) entries_.set_capacity(0);
    }

    boost::circular_buffer<Outgoing> entries_;
    std::size_t first_ = 0;    ///< the oldest entry's identifier, less one
    std::size_t written_ = 0;  ///< so many from the front went out on the current connection
    std::size_t in_flight_ = 0;
};

}  // namespace rialto::mqtt
