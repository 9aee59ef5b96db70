#include "adapters/mqtt/inbound.hpp"


namespace rialto::mqtt {
namespace {

// A token holds the ticket and the packet identifier, so that QoS 2 finds its message after the connection is
// gone.
std::uint64_t token_of(AckQueue::Ticket ticket, PacketId id) noexcept {
    return ticket << 16U | id;
}
AckQueue::Ticket ticket_of(std::uint64_t token) noexcept {
    return token >> 16U;
}
PacketId id_of_token(std::uint64_t token) noexcept {
    return static_cast<PacketId>(token);
}

}  // namespace

void Inbound::attach(AckWriter& writer, Version version) noexcept {
    writer_ = &writer;
    version_ = version;
}

void Inbound::detach() noexcept {
    writer_ = nullptr;
    acks_.clear();
    qos_1_ = 0;
    has_to_come_again_ = false;
    for (auto& [id, received] : received_) received.waiting = 0;
}

void Inbound::publish(const MessagePtr& message, PacketId id) {
    const Qos qos = message->qos();
    const auto ticket = acks_.push(id, qos);
    if (qos == Qos::exactly_once) {
        received_[id] = {ticket};
    } else {
        ++qos_1_;
    }
    is_publishing_ = true;
    const bool anybody = hand_over(message, Receipt(Ref<Settler>(this), token_of(ticket, id)));
    is_publishing_ = false;
    if (!anybody && acks_.holds(ticket)) acks_.set_reason(ticket, ReasonCode::no_matching_subscribers);
    flush();
}

bool Inbound::is_repeated(PacketId id) {
    const auto known = received_.find(id);
    if (known == received_.end()) return false;
    const auto ticket = acks_.push(id, Qos::exactly_once);
    if (known->second.is_settled) {
        acks_.make_ready(ticket);
    } else {
        known->second.waiting = ticket;
    }
    flush();
    return true;
}

void Inbound::settled(std::uint64_t token, Outcome outcome) noexcept {
    const auto ticket = ticket_of(token);
    const PacketId id = id_of_token(token);
    if (!has_to_be_safe_first(ticket, id, outcome)) return conclude(ticket, id, outcome);
    log_->add(id, [self = Ref<Inbound>(this), ticket, id, outcome] {
        if (self->log_) self->conclude(ticket, id, outcome);
    });
}

/// After PUBREC the client sends it no more: whoever forgets then that it was here would publish the next one of this
/// identifier not at all, or this one twice.
bool Inbound::has_to_be_safe_first(AckQueue::Ticket ticket, PacketId id, Outcome outcome) const noexcept {
    if (!log_ || outcome == Outcome::released || is_failure(reason_of(outcome))) return false;
    const auto known = received_.find(id);
    return known != received_.end() && known->second.ticket == ticket;
}

void Inbound::conclude(AckQueue::Ticket ticket, PacketId id, Outcome outcome) noexcept {
    settle_exactly_once(id, ticket, outcome);
    if (acks_.holds(ticket)) {
        if (outcome == Outcome::released) {
            has_to_come_again_ = true;
        } else {
            if (outcome == Outcome::rejected) acks_.set_reason(ticket, reason_of(outcome));
            acks_.make_ready(ticket);
        }
    }
    if (!is_publishing_) flush();
}

void Inbound::settle_exactly_once(PacketId id, AckQueue::Ticket ticket, Outcome outcome) noexcept {
    const auto known = received_.find(id);
    if (known == received_.end() || known->second.ticket != ticket) return;
    Received& received = known->second;
    if (const auto waiting = received.waiting; waiting != 0 && acks_.holds(waiting)) {
        if (outcome == Outcome::released) {
            has_to_come_again_ = true;
        } else {
            acks_.set_reason(waiting, reason_of(outcome));
            acks_.make_ready(waiting);
        }
    }
    received.is_settled = true;
    // A PUBREC of 0x80 and above ends the exchange, and what is to come again must not be taken for a
    // repetition.
    const bool is_over = outcome == Outcome::released || is_failure(reason_of(outcome));
    if (is_over) received_.erase(known);
}

ReasonCode Inbound::reason_of(Outcome outcome) const noexcept {
    const bool can_tell = version_ == Version::v5;
    return outcome == Outcome::rejected && can_tell ? ReasonCode::implementation_specific_error
                                                    : ReasonCode::success;
}

void Inbound::flush() noexcept {
    if (writer_ == nullptr) return;
    const std::size_t before = acks_.size();
    acks_.take_ready([this](PacketId id, Qos qos, ReasonCode reason) {
        const bool is_qos_1 = qos == Qos::at_least_once;
        if (is_qos_1) --qos_1_;
        writer_->write_ack(is_qos_1 ? PacketType::puback : PacketType::pubrec, id, reason);
    });
    if (acks_.size() != before) writer_->acknowledged_some();
    if (has_to_come_again_) writer_->ask_again();
}

}  // namespace rialto::mqtt
