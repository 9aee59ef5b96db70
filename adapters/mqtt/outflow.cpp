#include "adapters/mqtt/outflow.hpp"

#include "adapters/mqtt/client_peer.hpp"

#include <utility>
#include <vector>

namespace rialto::mqtt {

Outflow::Outflow(const ClientSettings& settings, Counters counters) noexcept
    : settings_(settings), counters_(counters) {}

void Outflow::attach(ClientPeer& peer, const ServerLimits& limits) {
    peer_ = &peer;
    limits_ = limits;
    if (!limits.session_present) window_ = SendWindow();
    window_.rewind();
    finish_released();
}

std::vector<Receipt> Outflow::take_receipts() {
    std::vector<Receipt> receipts;
    window_.for_each([&](Outgoing& entry) { receipts.push_back(std::move(entry.receipt)); });
    for (Queued& queued : std::exchange(queue_, {})) receipts.push_back(std::move(queued.receipt));
    return receipts;
}

void Outflow::release_all() noexcept {
    for (Receipt& receipt : take_receipts()) receipt.settle(Outcome::released);
}

void Outflow::detach() noexcept {
    peer_ = nullptr;
    auto receipts = take_receipts();  // settled once all is in order here: whoever hears may call
    window_.rewind();
    PacketId id = 0;
    while (Outgoing* const entry = window_.next_to_rewrite(id)) {
        const bool is_remembered = entry->qos == Qos::exactly_once;
        window_.wrote_next();
        if (!is_remembered) window_.finish(id);
    }
    for (Receipt& receipt : receipts) receipt.settle(Outcome::released);
}

void Outflow::send(MessagePtr message, Receipt receipt) {
    if (!peer_) return receipt.settle(Outcome::released);
    queue_.push_back({std::move(message), std::move(receipt)});
    pump();
}

void Outflow::pump() {
    if (is_pumping_ || !peer_) return;  // a receipt that settled brought the next message
    is_pumping_ = true;
    while (peer_ && !queue_.empty() && has_room()) {
        Queued next = std::move(queue_.front());
        queue_.pop_front();
        if (next.message->is_expired(wall_now())) {
            counters_.expired.add();
            next.receipt.settle(Outcome::accepted);
        } else if (!repeat(next)) {
            write(next);
        }
    }
    is_pumping_ = false;
    if (peer_ && !queue_.empty() && peer_->backlog() >= most_backlog) peer_->tell_when_drained();
}

bool Outflow::has_room() const {
    return window_.in_flight() < window() && !window_.is_full() && peer_->backlog() < most_backlog;
}

Qos Outflow::qos_of(const Message& message) const noexcept {
    return std::min({message.qos(), settings_.qos, limits_.maximum_qos});
}

void Outflow::write(Queued& queued) {
    // A broker that ends the connection over a topic would do so again each time that it is repeated.
    if (is_doubtful(queued.message->topic())) {
        counters_.unsendable.add();
        return queued.receipt.settle(Outcome::rejected);
    }
    const Qos qos = qos_of(*queued.message);
    const bool loses_retain = queued.message->is_retained() && !limits_.retain_available;  // [MQTT-3.2.2-14]
    if (loses_retain) counters_.lost_retain.add();
    Look look{.qos = qos, .retain = queued.message->is_retained() && !loses_retain, .id = window_.next_id()};
    if (!peer_->write(queued.message, look)) {
        counters_.too_large.add();
        return queued.receipt.settle(Outcome::rejected);
    }
    if (qos == Qos::at_most_once) return queued.receipt.settle(Outcome::accepted);
    Outgoing outgoing;
    outgoing.message = std::move(queued.message);
    outgoing.receipt = std::move(queued.receipt);
    outgoing.qos = qos;
    outgoing.retain = look.retain;
    window_.add(std::move(outgoing));
    peer_->read_on();  // what it answers is wanted
}

/// Whether the message is one whose fate an earlier connection left open; then it goes out under its old identifier.
/// Routes repeat in the order of before, so whatever else stands in front of it is not going to be repeated.
bool Outflow::repeat(Queued& queued) {
    if (!window_.has_to_rewrite() || qos_of(*queued.message) == Qos::at_most_once) return false;
    PacketId id = 0;
    while (Outgoing* const entry = window_.next_to_rewrite(id)) {
        if (entry->message != queued.message) {
            abandon(id, *entry);
            continue;
        }
        const Look look{.qos = entry->qos, .dup = true, .retain = entry->retain, .id = id};
        if (!peer_->write(entry->message, look)) return abandon(id, *entry), false;
        entry->receipt = std::move(queued.receipt);
        window_.wrote_next();
        finish_released();
        return true;
    }
    return false;
}

/// The exchanges at the front whose messages the broker has: they go on with PUBREL [MQTT-4.4.0-1].
void Outflow::finish_released() {
    PacketId id = 0;
    while (Outgoing* const entry = window_.next_to_rewrite(id)) {
        if (entry->state != Outgoing::State::released) return;
        peer_->write_ack(PacketType::pubrel, id, ReasonCode::success);
        window_.wrote_next();
    }
}

/// Nobody repeats this one: lets the broker forget its identifier, so that it can be used again.
void Outflow::abandon(PacketId id, Outgoing& entry) {
    entry.state = Outgoing::State::released;
    entry.message.reset();
    peer_->write_ack(PacketType::pubrel, id, ReasonCode::success);
    window_.wrote_next();
}

Fault Outflow::on_ack(const Ack& packet) {
    Outgoing* const entry = window_.find(packet.id);
    if (entry == nullptr) {
        if (packet.type == PacketType::pubrec) {
            peer_->write_ack(PacketType::pubrel, packet.id, ReasonCode::packet_identifier_not_found);
        }
        return {};
    }
    if ((entry->qos == Qos::at_least_once) != (packet.type == PacketType::puback)) {
        return protocol_error("acknowledgement of the other QoS");
    }
    Receipt receipt = std::move(entry->receipt);
    const bool is_refused = is_failure(packet.reason) && packet.type != PacketType::pubcomp;
    if (packet.type == PacketType::pubrec && !is_refused) {
        entry->state = Outgoing::State::released;
        entry->message.reset();
        peer_->write_ack(PacketType::pubrel, packet.id, ReasonCode::success);
    } else if (packet.type == PacketType::pubcomp && entry->state != Outgoing::State::released) {
        return protocol_error("PUBCOMP before PUBREC");
    } else {
        window_.finish(packet.id);
    }
    if (is_refused) log_refusal(packet);
    receipt.settle(is_refused ? Outcome::rejected : Outcome::accepted);
    pump();
    return {};
}

void Outflow::log_refusal(const Ack& packet) {
    const auto held = refusal_log_.pass();
    if (!held) return;
    const auto why = packet.properties.find(PropertyId::reason_string);
    log::warn("message refused", {{"backend", settings_.backend},
                                  {"reason", std::string(name(packet.reason))},
                                  {"why", why ? std::string(why->text) : std::string()},
                                  {"more", std::to_string(*held)}});
}

}  // namespace rialto::mqtt
