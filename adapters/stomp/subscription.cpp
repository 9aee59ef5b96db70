#include "adapters/stomp/subscription.hpp"

#include "adapters/stomp/message_writer.hpp"

#include <utility>

namespace rialto::stomp {

Subscription::Subscription(SubscriptionTerms terms, std::uint32_t number, const SubscriberContext& context, Feed feed)
    : terms_(std::move(terms)),
      context_(context),
      number_(number),
      prefix_(message_prefix(terms_.id ? &*terms_.id : nullptr, context.version)),
      queue_(std::move(feed.queue)),
      durable_(std::move(feed.durable)) {}

void Subscription::open() {
    is_open_ = true;
    if (queue_) {
        link_ = new ConsumerLink(context_.wire.shard(), Subscriber::number(), *this);
        if (durable_) return queue_->attach_in_turn(link_, terms_.prefetch);
        return queue_->attach(link_, terms_.prefetch);
    }
    Bus& bus = context_.wire.shard().bus();
    bus.subscribe(*this, terms_.filter, {});
    bus.replay_retained(*this, terms_.filter, {});
}

void Subscription::close() {
    if (!std::exchange(is_open_, false)) return;
    if (queue_) {
        link_->consumer = nullptr;
        queue_->detach(Subscriber::number());
    } else {
        context_.wire.shard().bus().unsubscribe(*this, terms_.filter);
    }
    std::vector<QueueItem> items;
    for (QueueItem& item : unacknowledged_) {
        if (item.message) items.push_back(std::move(item));
    }
    for (QueueItem& item : items) item.is_redelivered = true;
    for (Held& held : held_) items.push_back(std::move(held.item));
    unacknowledged_.clear();
    held_.clear();
    return_items(std::move(items));
    durable_.release();
}

void Subscription::deliver(const Delivery& delivery, const Receipt&) noexcept {
    if (!is_open_) return;
    if (terms_.no_local && delivery.message->origin() == context_.connection) return;
    Held held{{delivery.message, {}}, delivery.is_replay};
    if (terms_.ack == AckMode::automatic) {
        if (is_congested()) return context_.dropped.add();
        return write(held);
    }
    if (held_.empty() && has_room()) return write(held);
    const std::size_t size = delivery.message->size();
    if (held_.size() >= context_.limits.held_messages || held_size_ + size > context_.limits.backlog) {
        return context_.dropped.add();
    }
    held_size_ += size;
    held_.push_back(std::move(held));
}

void Subscription::take(QueueItem item) noexcept {
    const Held held{std::move(item)};
    write(held);
    if (terms_.ack != AckMode::automatic) return;
    queue_->done(held.item);
    ++owed_credit_;
    if (is_congested()) return context_.wire.tell_when_drained();
    queue_->grant(Subscriber::number(), std::exchange(owed_credit_, 0));
}

void Subscription::on_drained() {
    if (owed_credit_ != 0) queue_->grant(Subscriber::number(), std::exchange(owed_credit_, 0));
}

void Subscription::write(const Held& held) {
    const bool wants_ack = terms_.ack != AckMode::automatic;
    const MessageHead head{{context_.connection, number_, next_sequence_++},
                           terms_.style,
                           wants_ack,
                           held.is_retained,
                           held.item.is_redelivered};
    write_message(context_.wire, context_.version, prefix_, head, held.item.message);
    context_.sent.add();
    if (!wants_ack) return;
    unacknowledged_.push_back(
        {held.item.message, {}, held.item.is_redelivered, held.item.refused_by, held.item.number});
    ++unacknowledged_count_;
}

void Subscription::write_held() {
    const WallTime now = wall_now();
    while (!held_.empty() && has_room()) {
        const Held held = std::move(held_.front());
        held_.pop_front();
        held_size_ -= held.item.message->size();
        if (!held.item.message->is_expired(now)) write(held);
    }
}

bool Subscription::is_waiting_for(std::uint64_t sequence) const noexcept {
    return sequence >= first_sequence_ && sequence - first_sequence_ < unacknowledged_.size() &&
           unacknowledged_[sequence - first_sequence_].message != nullptr;
}

/// Takes out the message of that sequence and, in cumulative mode, all before it; oldest first.
std::vector<QueueItem> Subscription::release(std::uint64_t sequence) {
    std::vector<QueueItem> items;
    const std::size_t last = sequence - first_sequence_;
    const std::size_t first = terms_.ack == AckMode::cumulative ? 0 : last;
    for (std::size_t i = first; i <= last; ++i) {
        if (unacknowledged_[i].message) items.push_back(std::exchange(unacknowledged_[i], {}));
    }
    while (!unacknowledged_.empty() && !unacknowledged_.front().message) {
        unacknowledged_.pop_front();
        ++first_sequence_;
    }
    unacknowledged_count_ -= items.size();
    return items;
}

void Subscription::acknowledge(std::uint64_t sequence) {
    const std::vector<QueueItem> items = release(sequence);
    if (queue_) queue_->done(items);
    made_room(items.size());
}

void Subscription::refuse(std::uint64_t sequence, Refusal refusal) {
    std::vector<QueueItem> items = release(sequence);
    const std::size_t count = items.size();
    for (QueueItem& item : items) {
        item.is_redelivered = true;
        item.refused_by.push_back(Subscriber::number());
    }
    if (refusal == Refusal::for_others)
        return_items(std::move(items));
    else if (queue_)
        queue_->done(items);
    made_room(count);
}

/// A queue and a shared group have others to give a message to; a topic's message was this subscription's
/// alone.
void Subscription::return_items(std::vector<QueueItem> items) {
    if (items.empty()) return;
    if (queue_) return queue_->give_back(std::move(items));
    if (!terms_.filter.is_shared()) return;
    Bus& bus = context_.wire.shard().bus();
    for (QueueItem& item : items) bus.hand_back(terms_.filter, item.message, {}, Subscriber::number());
}

void Subscription::made_room(std::size_t count) {
    if (queue_) return queue_->grant(Subscriber::number(), count);
    write_held();
}

}  // namespace rialto::stomp
