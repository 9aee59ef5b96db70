#include "adapters/amqp/backend/sink.hpp"

#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/link.h>
#include <proton/session.h>

#include <cassert>
#include <cstring>
#include <utility>

#include "adapters/amqp/backend/message_form.hpp"

namespace rialto::amqp {
namespace {

constexpr std::chrono::seconds last_outcomes_within{2};

/// Nothing where the broker has not made up its mind.
std::optional<Outcome> outcome_of(pn_delivery_t* delivery) {
    switch (pn_delivery_remote_state(delivery)) {
        case PN_ACCEPTED: return Outcome::accepted;
        case PN_REJECTED: return Outcome::rejected;
        case PN_RELEASED:
        case PN_MODIFIED: return Outcome::released;
        default: break;
    }
    // Settled without a word: nobody knows, so it goes again.
    return pn_delivery_settled(delivery) ? std::optional(Outcome::released) : std::nullopt;
}

}  // namespace

Sink::Sink(Shard& shard, std::shared_ptr<const ClientSettings> settings, std::function<void(Dialect)> on_dialect)
    : Connection(shard, settings, settings->container + "-out"), on_dialect_(std::move(on_dialect)) {}

Sink::~Sink() = default;

boost::asio::awaitable<Result<void>> Sink::open(SinkWatcher& watcher) {
    watcher_ = &watcher;
    if (const Result<void> connected = co_await connect(); !connected) co_return connected;
    on_dialect_(dialect());
    addressing_.emplace(settings_->addressing(dialect()));
    links_.begin(session_, dialect(), settings_->node);
    const auto common = common_address();
    if (!common) co_return Result<void>();
    links_.attach_common(*common);
    engine_->wake();
    co_return co_await wait_until_open("the broker did not attach a link in time");
}

// RabbitMQ's link to an exchange takes the routing key from each message's subject; others have the anonymous terminus, but
// Artemis takes an address without a link of its own for a topic's.
std::optional<std::string> Sink::common_address() const {
    const bool is_queue = settings_->node == Node::queue;
    if (dialect() == Dialect::rabbitmq && !is_queue) {
        const Result<std::string> exchange = addressing_->exchange();
        return exchange ? std::optional(Addressing(Dialect::rabbitmq, Node::topic, {"/exchange/", std::nullopt}).address_of_name(*exchange))
                        : std::nullopt;
    }
    if (!relays_anonymous() || (dialect() == Dialect::artemis && is_queue)) return std::nullopt;
    return std::string();
}

void Sink::send(MessagePtr message, Receipt receipt) {
    assert(addressing_ && "send() is for an open sink");
    std::string address = addressing_->address_of(message->topic());
    if (engine_ && session_ && !links_.has_common() && links_.link_for(address)) engine_->wake();  // attached ahead
    queue_.push_back({std::move(message), std::move(receipt), std::move(address)});
    pump();
}

void Sink::pump() {
    if (std::exchange(is_pumping_, true)) return;
    while (!queue_.empty() && engine_ && session_ && !engine_->is_closing() && !engine_->is_congested()) {
        SenderLinks::Link* const link = links_.link_for(queue_.front().address);
        if (!link || !link->is_open || pn_link_credit(link->link) <= 0) break;
        Queued next = std::move(queue_.front());
        queue_.pop_front();
        transmit(next, *link);
    }
    is_pumping_ = false;
}

void Sink::transmit(Queued& next, SenderLinks::Link& link) {
    const Encoded encoded = encode_for(*next.message, next.address, *addressing_, settings_->encoding);
    const std::uint64_t limit = pn_link_remote_max_message_size(link.link);
    if (limit != 0 && encoded.head.size() + encoded.payload.size() > limit) {
        log_refusal(next.address, "the message is larger than the broker takes");
        return next.receipt.settle(Outcome::rejected);
    }
    char tag[sizeof last_tag_];
    ++last_tag_;
    std::memcpy(tag, &last_tag_, sizeof tag);
    pn_delivery_t* const delivery = engine_->send(link.link, {tag, sizeof tag}, {encoded.head, encoded.payload}, false);
    pn_delivery_set_context(delivery, reinterpret_cast<void*>(first_sent_ + sent_.size()));
    sent_.push_back({std::move(next.receipt), link.link});
    ++link.unsettled;
}

void Sink::on_link_opened(pn_link_t* link) noexcept {
    SenderLinks::Link* const known = links_.find(link);
    if (!known || pn_terminus_get_type(pn_link_remote_target(link)) == PN_UNSPECIFIED) return;  // refused: its detach says why
    known->is_open = true;
    if (links_.has_common()) opened({});
    pump();
}

void Sink::on_link_closed(pn_link_t* link) noexcept {
    SenderLinks::Link* const known = links_.find(link);
    if (!known) return;
    const std::string address = known->address;
    links_.forget(link);
    if ((pn_session_state(pn_link_session(link)) & PN_REMOTE_CLOSED) != 0) return;  // that is told too
    const Error why = error_of(pn_link_remote_condition(link));
    const bool is_for_good = why.code == Errc::refused || why.code == Errc::invalid;
    if (links_.has_common() || !is_for_good) return abort(in_context("the broker closed the link to '" + address + "'", why));
    log_refusal(address, why.message);
    reject_all_of(link, address);
    pump();
}

void Sink::on_delivery(pn_delivery_t* delivery) noexcept {
    const auto outcome = outcome_of(delivery);
    if (!outcome) return;
    const auto number = reinterpret_cast<std::uint64_t>(pn_delivery_get_context(delivery));
    pn_link_t* const link = pn_delivery_link(delivery);
    if (SenderLinks::Link* const known = links_.find(link)) {
        --known->unsettled;
        if (outcome == Outcome::rejected) {
            log_refusal(known->address, error_of(pn_disposition_condition(pn_delivery_remote(delivery))).message);
        }
    }
    pn_delivery_settle(delivery);
    settle(number, *outcome);
    pump();
}

void Sink::settle(std::uint64_t number, Outcome outcome) {
    if (number < first_sent_ || number - first_sent_ >= sent_.size()) return;
    Sent& sent = sent_[static_cast<std::size_t>(number - first_sent_)];
    sent.is_settled = true;
    Receipt receipt = std::move(sent.receipt);
    forget_settled();
    receipt.settle(outcome);
}

void Sink::forget_settled() {
    while (!sent_.empty() && sent_.front().is_settled) {
        sent_.pop_front();
        ++first_sent_;
    }
    if (drained_ && sent_.empty() && queue_.empty()) drained_->give({});
}

void Sink::reject_all_of(pn_link_t* link, const std::string& address) {
    std::vector<Receipt> rejected;
    for (Sent& sent : sent_) {
        if (sent.link != link || std::exchange(sent.is_settled, true)) continue;
        rejected.push_back(std::move(sent.receipt));
    }
    for (Queued& queued : queue_) {
        if (queued.address == address) rejected.push_back(std::move(queued.receipt));
    }
    std::erase_if(queue_, [&](const Queued& queued) { return queued.address == address; });
    forget_settled();
    for (Receipt& receipt : rejected) receipt.settle(Outcome::rejected);
}

void Sink::log_refusal(std::string_view address, const std::string& reason) {
    if (const auto held = refusal_log_.pass()) {
        log::warn("message refused", {{"backend", settings_->backend},
                                      {"address", std::string(address)},
                                      {"reason", reason},
                                      {"more", std::to_string(*held)}});
    }
}

boost::asio::awaitable<void> Sink::close() {
    if (engine_ && !(sent_.empty() && queue_.empty())) {
        Answer<void> drained(shard_.io());
        drained_ = &drained;
        static_cast<void>(co_await drained.wait(last_outcomes_within, "the broker did not say what became of the last messages"));
        drained_ = nullptr;
    }
    disconnect();
    on_links_gone();
    release_all();
}

void Sink::on_links_gone() noexcept { links_.begin(nullptr, dialect(), settings_->node); }

void Sink::on_connection_lost(const Error& why) noexcept {
    if (drained_) return drained_->give(why);
    release_all();
    watcher_->lost(why);
}

void Sink::release_all() {
    std::deque<Sent> sent = std::exchange(sent_, {});
    std::deque<Queued> queue = std::exchange(queue_, {});
    first_sent_ += sent.size();
    for (Sent& each : sent) {
        if (!each.is_settled) each.receipt.settle(Outcome::released);
    }
    for (Queued& each : queue) each.receipt.settle(Outcome::released);
}

}  // namespace rialto::amqp
