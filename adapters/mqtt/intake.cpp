#include "adapters/mqtt/intake.hpp"

#include "adapters/mqtt/client_peer.hpp"
#include "adapters/mqtt/send_window.hpp"

#include <boost/container/small_vector.hpp>

namespace rialto::mqtt {

bool Intake::ToIntake::hand_over(const MessagePtr& message, Receipt receipt) {
    if (!intake_) return false;
    if (intake_->is_wanted_) {
        intake_->waiting_.push_back({message, std::move(receipt)});
    } else {
        receipt.settle(Outcome::accepted);  // acknowledged in its turn
    }
    return true;
}

Intake::Intake(Shard& shard, const ClientSettings& settings, Counters counters)
    : settings_(settings), counters_(counters), inbound_(new ToIntake(shard, *this)) {}

Intake::~Intake() {
    detach();
    inbound_->forget_intake();
}

void Intake::set_filters(std::vector<TopicFilter> filters) {
    filters_ = std::move(filters);
    plan_ = SubscriptionPlan(filters_, copies_);
}

void Intake::open(Inlet& inlet) noexcept {
    inlet_ = &inlet;
    credit_ = 0;
}

void Intake::grant(std::uint32_t more) {
    credit_ += more;
    hand_on();
}

void Intake::attach(ClientPeer& peer, SubscriptionPlan::Copies copies) {
    peer_ = &peer;
    copies_ = copies;
    plan_ = SubscriptionPlan(filters_, copies_);
    inbound_->attach(peer, peer.version());
}

void Intake::detach() noexcept {
    peer_ = nullptr;
    inbound_->detach();
    std::deque<Waiting> kept;
    for (Waiting& waiting : std::exchange(waiting_, {})) {
        if (waiting.message->qos() == Qos::at_most_once) kept.push_back(std::move(waiting));
    }
    waiting_ = std::move(kept);
}

Fault Intake::take(const Publish& packet) {
    if (packet.qos == Qos::exactly_once && inbound_->is_repeated(packet.id)) return {};
    is_wanted_ = is_wanted(packet);
    if (packet.qos == Qos::at_most_once) {
        if (is_wanted_) waiting_.push_back({make_message(packet), Receipt()});
    } else {
        // Receive Maximum binds the broker [MQTT-3.3.4-9], and mosquitto 2.0 breaks it when it resumes a session. A client
        // that left for it would meet the same each time it comes back, so what is too much is bounded by not reading.
        if (inbound_->unacknowledged() >= SendWindow::id_count) {
            return {ReasonCode::receive_maximum_exceeded, "more unacknowledged messages than there are identifiers"};
        }
        inbound_->publish(make_message(packet), packet.id);
    }
    hand_on();
    bound();
    return {};
}

bool Intake::is_wanted(const Publish& packet) {
    boost::container::small_vector<std::uint32_t, 4> identifiers;
    for (const Property& property : packet.properties) {
        if (property.id == PropertyId::subscription_identifier) identifiers.push_back(property.number);
    }
    if (!plan_.takes(packet.topic, identifiers)) {
        counters_.unwanted.add();
        return false;
    }
    if (!check_topic(packet.topic)) {
        counters_.unmappable.add();
        return false;
    }
    return true;
}

MessagePtr Intake::make_message(const Publish& packet) const {
    const Message::Traits traits{packet.qos, packet.retain};
    if (!is_wanted_) return Message::create("-", {}, traits);  // to be acknowledged, and no more
    auto properties = to_properties(packet.properties, wall_now());
    const bool has_any = properties != nullptr;
    auto message = Message::create(packet.topic, packet.payload, traits, std::move(properties));
    if (has_any) keep_encoded_properties(*message, packet.properties);
    return message;
}

void Intake::hand_on() {
    if (is_handing_on_) return;  // more credit came from within accept()
    is_handing_on_ = true;
    while (inlet_ && credit_ != 0 && !waiting_.empty()) {
        --credit_;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        inlet_->accept(std::move(next.message), std::move(next.receipt));
    }
    is_handing_on_ = false;
    if (peer_ && waiting_.size() <= settings_.window / 2) peer_->read_on();
}

// QoS 1 and 2 at MQTT 5.0 are bounded by what we told the broker, where it keeps to it. For the rest we stop reading, unless
// somebody waits for an answer that stands behind it: then QoS 0 is dropped, and the others are bounded by their identifiers.
void Intake::bound() {
    if (waiting_.size() < settings_.window) return;
    if (peer_->hold_back()) return;
    if (waiting_.back().message->qos() != Qos::at_most_once) return;
    waiting_.pop_back();
    counters_.dropped_qos_0.add();
}

}  // namespace rialto::mqtt
