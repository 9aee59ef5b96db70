#include "core/queues/queue.hpp"

#include <algorithm>
#include <utility>

namespace rialto {

Queue::Queue(Shard& home, TopicFilter filter, const QueueLimits& limits,
             std::shared_ptr<std::atomic<std::size_t>> held, Counter& dropped,
             std::function<void(Queue&)> idle)
    : home_(home),
      filter_(std::move(filter)),
      limits_(limits),
      dropped_(dropped),
      idle_(std::move(idle)),
      held_(std::move(held)),
      idle_timer_([this] { check_idle(); }) {}

Queue::~Queue() {
    held_->fetch_sub(waiting_size_, std::memory_order_relaxed);
}

void Queue::open() {
    home_.bus().subscribe(*this, filter_, {});
    tell_readiness();
    home_.arm(idle_timer_, limits_.idle_time);
}

void Queue::close() {
    idle_timer_.cancel();
    home_.bus().unsubscribe(*this, filter_);
}

/// Runs `act` on the home shard: at once where that is here, else by mail. Mail keeps the queue alive.
template <typename Act> void Queue::at_home(Act&& act) {
    touch();
    if (home_.is_current()) return act(*this);
    home_.post([self = shared_from_this(), act = std::forward<Act>(act)]() mutable { act(*self); });
}

void Queue::attach(Ref<ConsumerLink> link, std::size_t credit) {
    at_home([link = std::move(link), credit](Queue& queue) mutable {
        queue.consumers_.push_back({std::move(link), credit});
        queue.dispatch();
    });
}

void Queue::detach(ClientNumber number) {
    at_home([number](Queue& queue) {
        std::erase_if(queue.consumers_,
                      [number](const Consumer& consumer) { return consumer.link->number == number; });
        queue.dispatch();
    });
}

void Queue::grant(ClientNumber number, std::size_t credit) {
    at_home([number, credit](Queue& queue) {
        if (Consumer* consumer = queue.find(number)) consumer->credit += credit;
        queue.dispatch();
    });
}

void Queue::give_back(std::vector<QueueItem> items) {
    at_home([items = std::move(items)](Queue& queue) mutable {
        std::move(items.begin(), items.end(), std::back_inserter(queue.returned_));
        queue.dispatch();
    });
}

void Queue::deliver(const Delivery& delivery, const Receipt& receipt) noexcept {
    last_used_.store(home_.now(), std::memory_order_relaxed);
    const bool full = is_full();
    if (full && receipt.empty()) return dropped_.add();
    add_waiting({delivery.message, full ? receipt.share() : Receipt{}});
    dispatch();
}

Queue::Consumer* Queue::find(ClientNumber number) noexcept {
    const auto found = std::find_if(consumers_.begin(), consumers_.end(), [number](const Consumer& consumer) {
        return consumer.link->number == number;
    });
    return found == consumers_.end() ? nullptr : &*found;
}

/// A consumer may grant credit while it is given a message: the loop that runs sees it.
void Queue::dispatch() {
    if (std::exchange(is_dispatching_, true)) return;
    const WallTime now = wall_now();
    dispatch_returned(now);
    while (!waiting_.empty() && has_credit()) {
        QueueItem item = take_waiting();
        item.receipt.settle(Outcome::accepted);
        if (!item.message->is_expired(now)) assign(item);
    }
    is_dispatching_ = false;
    tell_readiness();
}

/// What every consumer here has refused stays until another one comes.
void Queue::dispatch_returned(WallTime now) {
    for (std::size_t i = 0; i < returned_.size() && has_credit();) {
        if (returned_[i].message->is_expired(now) || assign(returned_[i])) {
            returned_.erase(returned_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    for (; returned_.size() > limits_.messages; dropped_.add()) returned_.pop_front();
}

bool Queue::assign(QueueItem& item) {
    Consumer* consumer = next_for(item);
    if (!consumer) return false;
    hand_over(*consumer, std::move(item));
    return true;
}

/// The next in turn that has credit and has not refused this message.
Queue::Consumer* Queue::next_for(const QueueItem& item) noexcept {
    for (std::size_t step = 0; step < consumers_.size(); ++step) {
        const std::size_t at = (turn_ + step) % consumers_.size();
        Consumer& consumer = consumers_[at];
        const auto& refused = item.refused_by;
        if (consumer.credit == 0 ||
            std::find(refused.begin(), refused.end(), consumer.link->number) != refused.end())
            continue;
        turn_ = at + 1;
        return &consumer;
    }
    return nullptr;
}

void Queue::hand_over(Consumer& consumer, QueueItem item) {
    --consumer.credit;
    const Ref<ConsumerLink> link = consumer.link;
    if (link->shard.is_current()) {
        if (link->consumer)
            link->consumer->take(std::move(item));
        else
            returned_.push_back(std::move(item));
        return;
    }
    link->shard.post([self = shared_from_this(), link, item = std::move(item)]() mutable {
        if (link->consumer) return link->consumer->take(std::move(item));
        std::vector<QueueItem> items;
        items.push_back(std::move(item));
        self->give_back(std::move(items));
    });
}

bool Queue::has_credit() const noexcept {
    return std::any_of(consumers_.begin(), consumers_.end(),
                       [](const Consumer& consumer) { return consumer.credit > 0; });
}

bool Queue::is_full() const noexcept {
    if (waiting_.empty() && has_credit()) return false;  // it passes straight through
    return waiting_.size() >= limits_.messages || waiting_size_ >= limits_.size ||
           held_->load(std::memory_order_relaxed) >= limits_.all_size;
}

void Queue::add_waiting(QueueItem item) {
    waiting_size_ += item.message->size();
    held_->fetch_add(item.message->size(), std::memory_order_relaxed);
    waiting_.push_back(std::move(item));
}

QueueItem Queue::take_waiting() {
    QueueItem item = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_size_ -= item.message->size();
    held_->fetch_sub(item.message->size(), std::memory_order_relaxed);
    return item;
}

/// Other members of the group, clients of other protocols, are asked first while nobody here can take a
/// message.
void Queue::tell_readiness() {
    if (const bool ready = has_credit(); std::exchange(is_ready_, ready) != ready)
        home_.bus().set_ready(*this, filter_, ready);
}

bool Queue::is_idle() const noexcept {
    return consumers_.empty() && waiting_.empty() && returned_.empty() &&
           Clock::now() - last_used_.load(std::memory_order_relaxed) >= limits_.idle_time;
}

void Queue::check_idle() {
    home_.arm(idle_timer_, limits_.idle_time);
    if (is_idle()) idle_(*this);
}

}  // namespace rialto
