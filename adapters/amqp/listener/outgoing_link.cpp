#include "adapters/amqp/listener/outgoing_link.hpp"

#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/link.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "adapters/amqp/mapping.hpp"

namespace rialto::amqp {
namespace {

constexpr char head_key = 0;  // its address names the encoding that all receivers of this listener share

const Bytes& shared_head(const Message& message) {
    return message.encoding(&head_key, [&] {
        return encode_head(message, {message.topic(), message.has_properties() ? std::string_view(message.properties().reply_to)
                                                                                : std::string_view()});
    });
}

std::array<char, 8> tag_of(std::uint64_t number) noexcept { return std::bit_cast<std::array<char, 8>>(number); }

}  // namespace

OutgoingLink::OutgoingLink(pn_link_t* link, const LinkContext& context, TopicFilter filter, std::shared_ptr<Queue> queue,
                           Settling settling)
    : Link(link, context), filter_(std::move(filter)), queue_(std::move(queue)), settling_(settling) {}

void OutgoingLink::open() {
    is_open_ = true;
    if (queue_) {
        consumer_ = new ConsumerLink(context_.shard(), Subscriber::number(), *this);
        return queue_->attach(consumer_, 0);
    }
    Bus& bus = context_.shard().bus();
    bus.subscribe(*this, filter_, {});
    if (!filter_.is_shared()) bus.replay_retained(*this, filter_, {});
    ask_for_more();
}

void OutgoingLink::close() noexcept {
    if (!std::exchange(is_open_, false)) return;
    if (queue_) {
        consumer_->consumer = nullptr;
        queue_->detach(Subscriber::number());
    } else {
        context_.shard().bus().unsubscribe(*this, filter_);
    }
    std::vector<std::pair<std::uint64_t, QueueItem>> sent(std::make_move_iterator(unsettled_.begin()),
                                                          std::make_move_iterator(unsettled_.end()));
    std::sort(sent.begin(), sent.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<QueueItem> items;
    for (auto& [tag, item] : sent) {
        item.is_redelivered = true;
        items.push_back(std::move(item));
    }
    std::move(held_.begin(), held_.end(), std::back_inserter(items));
    unsettled_.clear();
    held_.clear();
    give_back(std::move(items));
}

bool OutgoingLink::has_room() const noexcept {
    return pn_link_credit(link_) > 0 && !context_.engine.is_congested() &&
           unsettled_.size() < context_.service.limits().unsettled && (pn_link_state(link_) & PN_LOCAL_ACTIVE) != 0;
}

void OutgoingLink::deliver(const Delivery& delivery, const Receipt& receipt) noexcept {
    // Who shares with others may be gone before it has settled the message, so its source goes on waiting.
    QueueItem item{delivery.message, filter_.is_shared() ? receipt.share() : Receipt{}};
    if (held_.empty() && has_room()) return send(std::move(item));
    const std::size_t size = delivery.message->size();
    const ListenerLimits& limits = context_.service.limits();
    // A receipt that is dropped asks for the message again.
    if (held_.size() >= limits.held_messages || held_size_ + size > limits.backlog) return context_.counts().dropped.add();
    hold(std::move(item));
}

void OutgoingLink::take(QueueItem item) noexcept {
    if (asked_for_ > 0) --asked_for_;
    if (held_.empty() && has_room()) return send(std::move(item));
    hold(std::move(item));
}

void OutgoingLink::hold(QueueItem item) {
    held_size_ += item.message->size();
    held_.push_back(std::move(item));
}

void OutgoingLink::send_held() {
    const WallTime now = wall_now();
    while (!held_.empty() && has_room()) {
        QueueItem item = std::move(held_.front());
        held_.pop_front();
        held_size_ -= item.message->size();
        if (item.message->is_expired(now))
            finish(std::move(item), Outcome::accepted);
        else
            send(std::move(item));
    }
    ask_for_more();
}

void OutgoingLink::send(QueueItem item) {
    const Message& message = *item.message;
    Bytes header;
    append_header(header, message, wall_now(), item.is_redelivered ? 1 : 0);
    const bool is_settled = settling_ == Settling::at_once ||
                            (settling_ == Settling::by_quality && message.qos() == Qos::at_most_once && !queue_ && !filter_.is_shared());
    const std::uint64_t number = ++last_tag_;
    const auto tag = tag_of(number);
    pn_delivery_t* const delivery = context_.engine.send(link_, {tag.data(), tag.size()},
                                                         {header, shared_head(message), payload_behind(message)}, is_settled);
    context_.counts().sent.add();
    if (!delivery) return finish(std::move(item), Outcome::accepted);
    if (!queue_ && !filter_.is_shared()) item.message.reset();
    unsettled_.emplace(number, std::move(item));
}

void OutgoingLink::on_flow() noexcept {
    send_held();
    answer_drain();
}

/// Says what of the credit can't be used, where the client asks for that.
void OutgoingLink::answer_drain() {
    if (!pn_link_get_drain(link_) || pn_link_credit(link_) <= 0 || !held_.empty()) return;
    pn_link_drained(link_);
    context_.engine.wake();
}

void OutgoingLink::ask_for_more() {
    if (!is_open_) return;
    const int credit = pn_link_credit(link_);
    const std::size_t free = context_.service.limits().unsettled - std::min(context_.service.limits().unsettled, unsettled_.size());
    const std::size_t room = std::min<std::size_t>(credit > 0 ? static_cast<std::size_t>(credit) : 0, free);
    const std::size_t wanted = room - std::min(room, held_.size());
    if (queue_ && wanted > asked_for_ && !context_.engine.is_congested()) {
        queue_->grant(Subscriber::number(), wanted - std::exchange(asked_for_, wanted));
    }
    if (filter_.is_shared()) {
        const bool ready = room != 0;
        if (std::exchange(is_ready_, ready) != ready) context_.shard().bus().set_ready(*this, filter_, ready);
    }
}

void OutgoingLink::on_delivery(pn_delivery_t* delivery) noexcept {
    if (!pn_delivery_updated(delivery)) return;
    const std::uint64_t state = pn_delivery_remote_state(delivery);
    const bool is_outcome = state == PN_ACCEPTED || state == PN_REJECTED || state == PN_RELEASED || state == PN_MODIFIED;
    if (!is_outcome && !pn_delivery_settled(delivery)) return;  // only on its way
    const pn_delivery_tag_t tag = pn_delivery_tag(delivery);
    if (tag.size == sizeof(std::uint64_t)) {
        std::array<char, 8> octets{};
        std::copy_n(tag.start, octets.size(), octets.begin());
        settle(std::bit_cast<std::uint64_t>(octets), state, delivery);
    }
    pn_delivery_settle(delivery);
    context_.engine.wake();
    send_held();
}

/// What is settled without an outcome was taken: a client that can say more would have.
void OutgoingLink::settle(std::uint64_t number, std::uint64_t state, const pn_delivery_t* delivery) {
    const auto found = unsettled_.find(number);
    if (found == unsettled_.end()) return;
    QueueItem item = std::move(found->second);
    unsettled_.erase(found);
    if (state == PN_REJECTED) return finish(std::move(item), Outcome::rejected);
    if (state != PN_RELEASED && state != PN_MODIFIED) return finish(std::move(item), Outcome::accepted);
    if (!item.message) return;
    pn_disposition_t* const said = pn_delivery_remote(const_cast<pn_delivery_t*>(delivery));
    if (state == PN_MODIFIED) {
        item.is_redelivered |= pn_disposition_is_failed(said);
        if (pn_disposition_is_undeliverable(said)) item.refused_by.push_back(Subscriber::number());
    }
    std::vector<QueueItem> items;
    items.push_back(std::move(item));
    give_back(std::move(items));
}

/// Nobody is to get it again.
void OutgoingLink::finish(QueueItem item, Outcome outcome) {
    item.receipt.settle(outcome);
    if (queue_) queue_->done(item);
}

void OutgoingLink::give_back(std::vector<QueueItem> items) {
    std::erase_if(items, [](const QueueItem& item) { return !item.message; });
    if (items.empty()) return;
    if (queue_) return queue_->give_back(std::move(items));
    if (!filter_.is_shared()) return;
    Bus& bus = context_.shard().bus();
    for (QueueItem& item : items) bus.hand_back(filter_, item.message, std::move(item.receipt), Subscriber::number());
}

}  // namespace rialto::amqp
