#include "adapters/mqtt/session.hpp"

#include "adapters/mqtt/peer.hpp"
#include "adapters/mqtt/sessions.hpp"

#include <algorithm>

namespace rialto::mqtt {

Session::Session(Sessions& owner, std::string client_id, std::shared_ptr<const Limits> limits)
    : owner_(owner), client_id_(std::move(client_id)), limits_(std::move(limits)) {}

Session::~Session() = default;

void Session::attach(Peer& peer, std::shared_ptr<const Limits> limits) {
    peer_ = &peer;
    limits_ = std::move(limits);
    if (inbound_) inbound_->attach(peer, peer.version());
    set_ready(true);
    if (!outbound_) return;
    outbound_->window.rewind();
    pump();
}

void Session::detach() {
    peer_ = nullptr;
    if (inbound_) inbound_->detach();
    set_ready(false);
    drop_overflow();
}

void Session::end() {
    Bus& bus = owner_.shard().bus();
    for (const auto& subscribed : subscriptions_) bus.unsubscribe(*this, subscribed->filter);
    if (inbound_) inbound_->forget();
    if (!outbound_) return;
    const auto outbound = std::move(outbound_);
    outbound->window.for_each([this](Outgoing& outgoing) {
        // What a client may have handled at QoS 2 nobody else may get [MQTT-4.8.2-5].
        if (outgoing.qos == Qos::at_least_once) hand_back(outgoing);
    });
    for (Outgoing& outgoing : outbound->queue) hand_back(outgoing);
}

void Session::hand_back(Outgoing& outgoing) {
    if (outgoing.shared == nullptr) return outgoing.receipt.settle(Outcome::accepted);
    owner_.shard().bus().hand_back(*outgoing.shared, outgoing.message, std::move(outgoing.receipt), number());
}

Inbound& Session::inbound() {
    if (!inbound_) {
        inbound_ = new Inbound(owner_.shard());
        if (peer_ != nullptr) inbound_->attach(*peer_, peer_->version());
    }
    return *inbound_;
}

Session::Subscriptions::iterator Session::place_of(std::string_view text) {
    return std::lower_bound(
        subscriptions_.begin(), subscriptions_.end(), text,
        [](const auto& subscribed, std::string_view wanted) { return subscribed->text < wanted; });
}

ReasonCode Session::subscribe(const TopicFilter& filter, const SubscriptionOptions& options, bool& is_new) {
    const std::string text = filter.full_text();
    const auto place = place_of(text);
    const bool is_known = place != subscriptions_.end() && (*place)->text == text;
    if (!is_known) {
        if (subscriptions_.size() >= limits_->max_subscriptions) return ReasonCode::quota_exceeded;
        subscriptions_.insert(place, std::make_unique<Subscribed>(Subscribed{filter, text}));
        has_shared_ = has_shared_ || filter.is_shared();
    }
    is_new = owner_.shard().bus().subscribe(*this, filter, options);
    return static_cast<ReasonCode>(options.max_qos);
}

bool Session::unsubscribe(const TopicFilter& filter) {
    const std::string text = filter.full_text();
    const auto place = place_of(text);
    if (place == subscriptions_.end() || (*place)->text != text) return false;
    owner_.shard().bus().unsubscribe(*this, filter);
    if (outbound_ && filter.is_shared()) {
        const auto forget = [shared = &(*place)->filter](Outgoing& outgoing) {
            if (outgoing.shared == shared) outgoing.shared = nullptr;
        };
        outbound_->window.for_each(forget);
        for (Outgoing& outgoing : outbound_->queue) forget(outgoing);
    }
    subscriptions_.erase(place);
    return true;
}

const TopicFilter* Session::shared_filter(std::string_view name) {
    const auto place = place_of(name);
    return place != subscriptions_.end() && (*place)->text == name ? &(*place)->filter : nullptr;
}

void Session::set_ready(bool ready) {
    if (!has_shared_ || is_ready_ == ready) return;
    is_ready_ = ready;
    for (const auto& subscribed : subscriptions_) {
        if (subscribed->filter.is_shared()) owner_.shard().bus().set_ready(*this, subscribed->filter, ready);
    }
}

void Session::deliver(const Delivery& delivery, const Receipt& receipt) noexcept {
    if (delivery.qos == Qos::at_most_once) {
        if (peer_ == nullptr) return;  // nobody promised it
        if (peer_->is_backlogged() && !delivery.is_replay) return owner_.counters().dropped_backlog.add();
        Look look{.retain = delivery.retain, .identifiers = delivery.identifiers};
        if (!peer_->write(delivery.message, look)) owner_.counters().dropped_too_large.add();
        return;
    }
    Outgoing outgoing;
    outgoing.message = delivery.message;
    outgoing.qos = delivery.qos;
    outgoing.retain = delivery.retain;
    if (!delivery.identifiers.empty()) {
        outgoing.identifiers = std::make_unique<std::vector<std::uint32_t>>(delivery.identifiers.begin(),
                                                                            delivery.identifiers.end());
    }
    if (!delivery.shared.empty()) outgoing.shared = shared_filter(delivery.shared);
    take(std::move(outgoing), receipt, delivery.is_replay);
}

bool Session::has_room() const {
    const SendWindow& window = outbound_->window;
    return window.in_flight() < peer_->receive_maximum() && !window.is_full() && !window.has_to_rewrite() &&
           !peer_->is_backlogged();
}

void Session::take(Outgoing outgoing, const Receipt& receipt, bool is_replay) {
    if (!outbound_) outbound_ = std::make_unique<Outbound>();
    if (peer_ != nullptr && outbound_->queue.empty() && has_room()) {
        if (!send(outgoing)) owner_.counters().dropped_too_large.add();
        return;
    }
    // What is retained is bounded where it is kept, and a new subscriber is to get all of it.
    if (outbound_->queue.size() >= limits_->max_queued && !is_replay) {
        if (peer_ == nullptr) return owner_.counters().dropped_offline.add();
        if (receipt.empty()) return owner_.counters().dropped_queue.add();
        outgoing.receipt = receipt.share();  // its source waits until there is room
        watch_stall();
    }
    outbound_->enqueue(std::move(outgoing));
    if (peer_ == nullptr) return;
    set_ready(false);
    if (peer_->is_backlogged()) peer_->tell_when_drained();
}

bool Session::send(Outgoing& outgoing) {
    SendWindow& window = outbound_->window;
    const Look look{.qos = outgoing.qos,
                    .retain = outgoing.retain,
                    .id = window.next_id(),
                    .identifiers = outgoing.ids()};
    if (!peer_->write(outgoing.message, look)) return false;
    window.add(std::move(outgoing));
    peer_->resume_reading();
    return true;
}

void Session::pump() {
    if (peer_ == nullptr || !outbound_) return;
    rewrite();
    auto& queue = outbound_->queue;
    while (!queue.empty() && has_room()) {
        Outgoing next = outbound_->dequeue(limits_->max_queued);
        if (next.message->has_properties() && next.message->is_expired(wall_now())) {
            owner_.counters().dropped_expired.add();  // [MQTT-3.3.2-5]
        } else if (!send(next)) {
            owner_.counters().dropped_too_large.add();
        }
    }
    if (queue.empty()) {
        set_ready(true);
    } else if (peer_->is_backlogged()) {
        peer_->tell_when_drained();
    }
}

void Session::rewrite() {
    SendWindow& window = outbound_->window;
    PacketId id = 0;
    while (window.in_flight() < peer_->receive_maximum()) {
        Outgoing* const entry = window.next_to_rewrite(id);
        if (entry == nullptr) return;
        if (entry->state == Outgoing::State::released) {
            peer_->write_pubrel(id);
        } else {
            const Look look{.qos = entry->qos,
                            .dup = true,
                            .retain = entry->retain,
                            .id = id,
                            .identifiers = entry->ids()};
            if (!peer_->write(entry->message, look)) {  // it takes less than on the connection before
                owner_.counters().dropped_too_large.add();
                window.finish(id);
                continue;
            }
        }
        window.wrote_next();
    }
}

Fault Session::on_ack(const Ack& ack) {
    Outgoing* const entry = outbound_ ? outbound_->window.find(ack.id) : nullptr;
    if (entry == nullptr) {
        // It may belong to a session that was lost: the client must be able to come to an end [MQTT5 4.3.3].
        if (ack.type == PacketType::pubrec)
            peer_->write_pubrel(ack.id, ReasonCode::packet_identifier_not_found);
        return {};
    }
    const bool is_qos_1 = entry->qos == Qos::at_least_once;
    if (is_qos_1 != (ack.type == PacketType::puback))
        return protocol_error("acknowledgement of the other QoS");
    if (ack.type == PacketType::pubrec && !is_failure(ack.reason)) {
        entry->state = Outgoing::State::released;
        entry->message.reset();
        peer_->write_pubrel(ack.id);
        return {};
    }
    if (ack.type == PacketType::pubcomp && entry->state != Outgoing::State::released) {
        return protocol_error("PUBCOMP before PUBREC");
    }
    outbound_->window.finish(ack.id);
    ++outbound_->finished;
    pump();
    return {};
}

// One slow client keeps those waiting who publish to it; one that does nothing at all may not do so for ever.
void Session::watch_stall() {
    if (outbound_->stall_timer) return;
    outbound_->stall_timer = std::make_unique<Timer>([this, before = outbound_->finished] {
        outbound_->stall_timer.reset();
        if (outbound_->queue.size() <= limits_->max_queued) return;
        if (outbound_->finished != before) return watch_stall();
        peer_->end_stalled();
    });
    owner_.shard().arm(*outbound_->stall_timer, limits_->stall_timeout);
}

void Session::drop_overflow() {
    if (!outbound_) return;
    outbound_->stall_timer.reset();
    auto& queue = outbound_->queue;
    while (queue.size() > limits_->max_queued) {
        queue.back().receipt.settle(Outcome::accepted);
        queue.pop_back();
        owner_.counters().dropped_offline.add();
    }
}

}  // namespace rialto::mqtt
