#include "adapters/stomp/peer.hpp"

#include "adapters/stomp/encoder.hpp"
#include "adapters/stomp/handlers/handlers.hpp"

#include <utility>

namespace rialto::stomp {

Peer::Peer(Wire& wire, Service& service)
    : wire_(wire),
      service_(service),
      transactions_(service.limits()),
      ledger_(new SendLedger(wire.shard(), *this)),
      timing_(wire.shard()),
      heart_beats_(
          timing_, [this] { write("\n"); },
          [this] { fail_with(fail(Errc::timed_out, "no heart-beat came in twice the agreed time"), {}); }),
      deadline_([this] { on_deadline(); }) {
    wire_.shard().arm(deadline_, service_.limits().connect_time);
}

Peer::~Peer() {
    ledger_->forget();
}

void Peer::handle(Frame& frame) {
    if (!is_reading()) return;
    const std::string receipt_id(frame.headers.find("receipt").value_or(""));
    const bool is_connect = frame.command == Command::connect || frame.command == Command::stomp;
    if (is_connect == (phase_ == Phase::connected)) {
        return fail_with(fail(Errc::protocol, is_connect ? "the connection is made already"
                                                         : "the first frame must be CONNECT"),
                         receipt_id);
    }
    const Result<Answer> answer = handle_frame(*this, frame);
    if (answer.has_error()) return fail_with(answer.error(), receipt_id);
    if (*answer == Answer::receipt_now && !receipt_id.empty() && !is_connect) write_receipt(receipt_id);
}

void Peer::refuse(const Error& error) {
    if (is_reading()) fail_with(error, {});
}

void Peer::become_connected(Version version, std::string client_id, const HeartBeatOffer& client) {
    phase_ = Phase::connected;
    version_ = version;
    client_id_ = std::move(client_id);
    deadline_.cancel();
    const HeartBeatOffer server = answer_to(client, service_.limits().shortest_beat);
    std::string out;
    FrameWriter(out, Command::connected, version)
        .header("version", to_text(version))
        .header("heart-beat", to_text(server))
        .header("session", service_.gateway().name() + "-" + std::to_string(number()))
        .header("server", "rialto")
        .finish();
    write(out);
    heart_beats_.start(client, server);
}

void Peer::add(SubscriptionTerms terms, Feed feed) {
    Service::Counts& counts = service_.counts(wire_.shard());
    const SubscriberContext context{wire_,       version_,      number(), service_.limits(),
                                    counts.sent, counts.dropped};
    const std::uint32_t number = ++last_subscription_;
    auto& place = subscriptions_[number];
    place = std::make_unique<Subscription>(std::move(terms), number, context, std::move(feed));
    Subscription& subscription = *place;
    subscription.open();
}

Subscription* Peer::find(std::string_view subscription_id) noexcept {
    for (const auto& [number, subscription] : subscriptions_) {
        if (subscription->terms().id == subscription_id) return subscription.get();
    }
    return nullptr;
}

Subscription* Peer::find_by_destination(std::string_view destination) noexcept {
    for (const auto& [number, subscription] : subscriptions_) {
        if (!subscription->terms().id && subscription->terms().destination == destination)
            return subscription.get();
    }
    return nullptr;
}

Subscription* Peer::find(const DeliveryId& id) noexcept {
    const auto found =
        id.connection == number() ? subscriptions_.find(id.subscription) : subscriptions_.end();
    return found == subscriptions_.end() ? nullptr : found->second.get();
}

Subscription* Peer::find_durable(std::string_view name) noexcept {
    for (const auto& [number, subscription] : subscriptions_) {
        const auto& durable = subscription->terms().durable;
        if (durable && durable->text == name) return subscription.get();
    }
    return nullptr;
}

void Peer::remove(Subscription& subscription) {
    subscription.close();
    erase_if(subscriptions_, [&](const auto& entry) { return entry.second.get() == &subscription; });
}

void Peer::publish(const Sending& sending, Receipt receipt) {
    service_.counts(wire_.shard()).received.add();
    // A queue that was forgotten since the frame came is made again; over the limit its message finds no
    // queue.
    if (sending.to_queue) static_cast<void>(service_.queues().open(sending.message->topic(), wire_.shard()));
    wire_.shard().bus().publish(sending.message, std::move(receipt));
}

Receipt Peer::open_receipt(std::string receipt_id) {
    Receipt receipt = ledger_->open(std::move(receipt_id));
    if (ledger_->unsettled() >= service_.limits().unsettled && !is_paused_) {
        is_paused_ = true;
        wire_.pause_reading();
        heart_beats_.pause_watch();
    }
    return receipt;
}

void Peer::sent(const std::string& receipt_id, Outcome outcome) {
    if (phase_ == Phase::closed) return;
    if (outcome != Outcome::accepted) {
        const char* const why = outcome == Outcome::rejected
                                    ? "the message was refused where it was to go"
                                    : "the message did not get to where it was to go; send it again";
        return fail_with(fail(Errc::refused, why), receipt_id);
    }
    if (!receipt_id.empty()) write_receipt(receipt_id);
    if (is_paused_ && ledger_->unsettled() <= service_.limits().unsettled / 2) {
        is_paused_ = false;
        wire_.resume_reading();
        heart_beats_.resume_watch();
    }
    if (phase_ == Phase::saying_goodbye && ledger_->unsettled() == 0) finish_goodbye();
}

void Peer::settle(const Settlement& settlement) {
    Subscription* subscription = find(settlement.id);
    if (!subscription || !subscription->is_waiting_for(settlement.id.sequence)) return;
    if (settlement.refusal)
        subscription->refuse(settlement.id.sequence, *settlement.refusal);
    else
        subscription->acknowledge(settlement.id.sequence);
}

void Peer::say_goodbye(std::string receipt_id) {
    phase_ = Phase::saying_goodbye;
    goodbye_receipt_ = std::move(receipt_id);
    heart_beats_.pause_watch();
    if (ledger_->unsettled() == 0 || goodbye_receipt_.empty()) return finish_goodbye();
    wire_.shard().arm(deadline_, service_.limits().farewell_time);
}

void Peer::finish_goodbye() {
    if (!goodbye_receipt_.empty()) write_receipt(goodbye_receipt_);
    close();
}

void Peer::on_deadline() {
    if (phase_ == Phase::awaiting_connect)
        fail_with(fail(Errc::timed_out, "no CONNECT frame came in time"), {});
    else if (phase_ == Phase::saying_goodbye)
        finish_goodbye();
}

void Peer::write_receipt(std::string_view receipt_id) {
    std::string out;
    FrameWriter(out, Command::receipt, version_).header("receipt-id", receipt_id).finish();
    write(out);
}

void Peer::fail_with(const Error& error, std::string_view receipt_id) {
    if (phase_ == Phase::closed) return;
    std::string out;
    FrameWriter frame(out, Command::error, version_);
    if (phase_ == Phase::awaiting_connect) frame.header("version", "1.0,1.1,1.2");
    if (!receipt_id.empty()) frame.header("receipt-id", receipt_id);
    frame.header("message", error.message).header("content-type", "text/plain");
    frame.finish("The connection is closed: " + error.message + ".\n");
    write(out);
    if (error.code == Errc::closed) return close();
    if (const auto held = service_.refusals().pass()) {
        log::warn("stomp client refused", {{"listener", service_.listener()},
                                           {"peer", wire_.peer()},
                                           {"reason", error.message},
                                           {"held_back", std::to_string(*held)}});
    }
    close();
}

/// The subscriptions end before the client reads its last words: it may come back at once, on another connection.
void Peer::close() {
    phase_ = Phase::closed;
    heart_beats_.stop();
    deadline_.cancel();
    for (const auto& [number, subscription] : subscriptions_) subscription->close();
    wire_.close();
}

void Peer::write(std::string_view bytes) {
    wire_.write(as_bytes(bytes));
    heart_beats_.wrote();
}

void Peer::on_drained() {
    for (const auto& [number, subscription] : subscriptions_) subscription->on_drained();
}

void Peer::end() {
    phase_ = Phase::closed;
    ledger_->forget();
    heart_beats_.stop();
    deadline_.cancel();
    for (const auto& [number, subscription] : subscriptions_) subscription->close();
    subscriptions_.clear();
}

}  // namespace rialto::stomp
