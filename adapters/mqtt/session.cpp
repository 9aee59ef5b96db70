#include "adapters/mqtt/session.hpp"

#include "adapters/mqtt/peer.hpp"
#include "adapters/mqtt/sessions.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace rialto::mqtt {

Session::Session(Sessions& owner, std::string client_id, std::shared_ptr<const Limits> limits)
    : owner_(owner), client_id_(std::move(client_id)), limits_(std::move(limits)) {}

Session::~Session() {
    if (inbound_) inbound_->forget();
}

void Session::attach(Peer& peer, std::shared_ptr<const Limits> limits) {
    peer_ = &peer;
    ++connection_;
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
    while (peer_ == nullptr && has_shared_ && load_more()) {
    }
    for (const auto& subscribed : subscriptions_) bus.unsubscribe(*this, subscribed->filter);
    if (inbound_) inbound_->forget();
    if (kept_) {
        kept_->settle_over(0);
        kept_->forget();
    }
    if (!outbound_) return;
    const auto outbound = std::move(outbound_);
    outbound->window.for_each([this](Outgoing& outgoing) {
        // What a client may have handled at QoS 2 nobody else may get [MQTT-4.8.2-5].
        if (outgoing.qos == Qos::at_least_once) hand_back(outgoing);
    });
    for (Outgoing& outgoing : outbound->queue) hand_back(outgoing);
}

void Session::make_kept(store::Journal& journal) {
    kept_ = std::make_unique<KeptSession>(journal, client_id_);
    inbound().keep_in(*kept_);
}

void Session::keep() {
    store::Journal* const journal = owner_.gateway().journal_of(owner_.shard());
    if (journal == nullptr || (expiry == 0 && !kept_)) return;
    if (!kept_) make_kept(*journal);
    if (peer_ != nullptr) kept_->left_at.reset();
    if (peer_ == nullptr && !kept_->left_at) kept_->left_at = wall_now();
    kept_->write(expiry, limits_->max_queued, will.get());
}

Result<void> Session::restore(FoundSession& found) {
    make_kept(*owner_.gateway().journal_of(owner_.shard()));
    expiry = found.record.expiry;
    will = std::move(found.record.will);
    for (const auto& subscribed : found.subscriptions) {
        const std::string text = subscribed.filter.full_text();
        subscriptions_.insert(place_of(text), std::make_unique<Subscribed>(Subscribed{subscribed.filter, text}));
        has_shared_ = has_shared_ || subscribed.filter.is_shared();
        owner_.shard().bus().subscribe(*this, subscribed.filter, subscribed.options);
    }
    set_ready(false);
    for (const PacketId id : found.received) inbound_->restore(id);
    if (const auto opened = kept_->open(found.record, limits_->send_maximum); !opened) return opened.error();
    if (kept_->has_more()) outbound_ = std::make_unique<Outbound>();
    return {};
}

void Session::when_safe(std::function<void()> then) {
    if (!kept_) return then();
    kept_->journal().call_when_written(
        [&owner = owner_, id = client_id_, number = number(), connection = connection_, then = std::move(then)] {
            Session* const session = owner.find(id);
            const bool is_here = session != nullptr && session->number() == number &&
                                 session->connection_ == connection && session->peer_ != nullptr;
            if (is_here) then();
        });
}

void Session::hand_back(Outgoing& outgoing) {
    if (outgoing.shared == nullptr || !outgoing.message) return outgoing.receipt.settle(Outcome::accepted);
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
    if (kept_) kept_->add(filter, options);
    return static_cast<ReasonCode>(options.max_qos);
}

bool Session::unsubscribe(const TopicFilter& filter) {
    const std::string text = filter.full_text();
    const auto place = place_of(text);
    if (place == subscriptions_.end() || (*place)->text != text) return false;
    owner_.shard().bus().unsubscribe(*this, filter);
    if (kept_) kept_->remove(filter);
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
    if (kept_) return take_kept(std::move(outgoing), receipt, is_replay);
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

/// It is on disk before its source hears of it; at QoS 1 it may be on its way meanwhile.
void Session::take_kept(Outgoing outgoing, const Receipt& receipt, bool is_replay) {
    const bool is_full = kept_->waiting() >= limits_->max_queued && !is_replay;
    if (is_full && peer_ == nullptr) return owner_.counters().dropped_offline.add();
    const bool is_too_much = is_full || kept_->journal().store().is_behind();
    if (is_too_much && receipt.empty()) return owner_.counters().dropped_queue.add();
    const bool is_next = !kept_->has_more() && outbound_->queue.empty();
    const bool is_in_memory = !kept_->has_more() && outbound_->queue.size() < KeptSession::most_in_memory;
    kept_->append(outgoing, receipt.share());
    if (is_full) {
        kept_->over.push_back(receipt.share());
        watch_stall();
    }
    if (is_in_memory) {
        kept_->loaded_end = outgoing.number + 1;
        outbound_->enqueue(std::move(outgoing));
    }
    if (peer_ == nullptr) return;
    if (is_next && has_room()) return pump();
    set_ready(false);
    if (peer_->is_backlogged()) peer_->tell_when_drained();
}

/// Brings messages that wait on disk alone. @return whether there is one now
bool Session::load_more() {
    if (!kept_ || !kept_->has_more()) return false;
    auto loaded = kept_->load();
    if (loaded.has_error()) {
        log::error("session is damaged: what waits for it can't be sent", {{"client", client_id_}, {"error", loaded.error().message}});
        return false;
    }
    for (auto& [outgoing, shared] : *loaded) {
        if (!shared.empty()) outgoing.shared = shared_filter(shared);
        outbound_->enqueue(std::move(outgoing));
    }
    if (loaded->empty()) pump_when_safe();
    return !loaded->empty();
}

void Session::pump_when_safe() {
    if (std::exchange(kept_->is_waiting_for_disk, true)) return;
    kept_->journal().call_when_written([&owner = owner_, id = client_id_, number = number()] {
        Session* const session = owner.find(id);
        if (session == nullptr || session->number() != number) return;
        session->kept_->is_waiting_for_disk = false;
        session->pump();
    });
}

/// Whether the front of the queue can go out now.
bool Session::may_send_next() {
    if (!kept_) return true;
    const Outgoing& next = outbound_->queue.front();
    if (!outbound_->window.can_skip_to(KeptSession::id_of(next.number))) return false;
    if (kept_->is_safe(next)) return true;
    pump_when_safe();
    return false;
}

void Session::drop(Outgoing& outgoing, Counter& counter) {
    counter.add();
    if (kept_) kept_->erase(outgoing);
}

void Session::finish(PacketId id, const Outgoing& entry) {
    if (kept_) kept_->erase(entry);
    outbound_->window.finish(id);
}

bool Session::send(Outgoing& outgoing) {
    SendWindow& window = outbound_->window;
    if (kept_) window.skip_to(KeptSession::id_of(outgoing.number));
    if (outgoing.state == Outgoing::State::released) {
        const PacketId id = window.add(std::move(outgoing));
        peer_->write_pubrel(id);
        return true;
    }
    const Look look{.qos = outgoing.qos,
                    .dup = outgoing.is_repeat,
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
    while (has_room() && (!queue.empty() || load_more()) && may_send_next()) {
        Outgoing next = outbound_->dequeue(kept_ ? 0 : limits_->max_queued);
        if (kept_) kept_->sent(next.number, limits_->max_queued);
        if (next.message && next.message->has_properties() && next.message->is_expired(wall_now())) {
            drop(next, owner_.counters().dropped_expired);  // [MQTT-3.3.2-5]
        } else if (!send(next)) {
            drop(next, owner_.counters().dropped_too_large);
        }
    }
    if (queue.empty() && !(kept_ && kept_->has_more())) {
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
                finish(id, *entry);
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
        if (kept_) kept_->release(*entry);
        // The client forgets its identifier then, and would take the message for another one if it came again.
        when_safe([this, id = ack.id] { peer_->write_pubrel(id); });
        return {};
    }
    if (ack.type == PacketType::pubcomp && entry->state != Outgoing::State::released) {
        return protocol_error("PUBCOMP before PUBREC");
    }
    finish(ack.id, *entry);
    ++outbound_->finished;
    pump();
    return {};
}

// One slow client keeps those waiting who publish to it; one that does nothing at all may not do so for ever.
void Session::watch_stall() {
    if (outbound_->stall_timer) return;
    outbound_->stall_timer = std::make_unique<Timer>([this, before = outbound_->finished] {
        outbound_->stall_timer.reset();
        if (waiting() <= limits_->max_queued) return;
        if (outbound_->finished != before) return watch_stall();
        peer_->end_stalled();
    });
    owner_.shard().arm(*outbound_->stall_timer, limits_->stall_timeout);
}

void Session::drop_overflow() {
    if (!outbound_) return;
    outbound_->stall_timer.reset();
    if (kept_) return kept_->settle_over(0);  // they are safe
    auto& queue = outbound_->queue;
    while (queue.size() > limits_->max_queued) {
        queue.back().receipt.settle(Outcome::accepted);
        queue.pop_back();
        owner_.counters().dropped_offline.add();
    }
}

}  // namespace rialto::mqtt
