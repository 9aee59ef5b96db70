#include "core/queues/queue.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace rialto {

Queue::Queue(Shard& home, std::string name, TopicFilter filter, const QueueCommons& commons, std::function<void(Queue&)> idle,
             std::unique_ptr<KeptQueue> kept)
    : home_(home),
      name_(std::move(name)),
      filter_(std::move(filter)),
      limits_(commons.limits),
      dropped_(*commons.dropped[home.index()]),
      idle_(std::move(idle)),
      kept_(std::move(kept)),
      held_(commons.held),
      full_lines_(commons.full_lines),
      idle_timer_([this] { check_idle(); }) {
    if (kept_) held_->fetch_add(kept_->later_size(), std::memory_order_relaxed);
}

Queue::~Queue() {
    held_->fetch_sub(waiting_size_ + (kept_ ? kept_->later_size() : 0), std::memory_order_relaxed);
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

void Queue::end() {
    close();
    is_ended_ = true;
    held_->fetch_sub(std::exchange(waiting_size_, 0) + (kept_ ? kept_->later_size() : 0), std::memory_order_relaxed);
    auto waiting = std::exchange(waiting_, {});
    returned_.clear();
    returned_size_ = 0;
    if (kept_) kept_->clear();
    for (QueueItem& item : waiting) item.receipt.settle(Outcome::accepted);
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

void Queue::attach_in_turn(Ref<ConsumerLink> link, std::size_t credit) {
    touch();
    home_.post([self = shared_from_this(), link = std::move(link), credit]() mutable {
        if (link->shard.is_current() && !link->consumer) return;  // it has left already
        self->consumers_.push_back({std::move(link), credit});
        self->dispatch();
    });
}

void Queue::detach(ClientNumber number) {
    at_home([number](Queue& queue) {
        const Consumer* const consumer = queue.find(number);
        if (!consumer) return;
        const Ref<ConsumerLink> link = consumer->link;
        std::erase_if(queue.consumers_, [&](const Consumer& other) { return other.link == link; });
        if (queue.consumers_.empty() && !link->shard.is_current()) queue.await_returns(link->shard);
        queue.dispatch();
    });
}

/// What was on its way to the only consumer comes back behind its leaving. What stands behind that waits for it, so that the
/// next consumer has all in order.
void Queue::await_returns(Shard& from) {
    ++leaving_;
    from.post([self = shared_from_this()]() mutable {
        Shard& home = self->home_;
        home.post([self = std::move(self)] {
            --self->leaving_;
            self->dispatch();
        });
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
        for (QueueItem& item : items) queue.add_returned(std::move(item));
        queue.dispatch();
    });
}

void Queue::done(const std::vector<QueueItem>& items) {
    std::vector<std::uint64_t> numbers;
    for (const QueueItem& item : items) {
        if (item.number != 0) numbers.push_back(item.number);
    }
    if (numbers.empty()) return;
    at_home([numbers = std::move(numbers)](Queue& queue) {
        for (const std::uint64_t number : numbers) queue.erase(number);
    });
}

void Queue::done(const QueueItem& item) {
    if (item.number == 0) return;
    at_home([number = item.number](Queue& queue) { queue.erase(number); });
}

void Queue::deliver(const Delivery& delivery, const Receipt& receipt) noexcept {
    if (is_ended_) return;
    const ClientNumber left_out = left_out_.load(std::memory_order_relaxed);
    if (left_out != 0 && delivery.message->origin() == left_out) return;
    last_used_.store(home_.now(), std::memory_order_relaxed);
    const bool full = is_full();
    if (full) say_full();
    if (full && receipt.empty()) return dropped_.add();
    if (kept_ && receipt.empty() && kept_->journal().store().is_behind()) return dropped_.add();
    Receipt held_back = full ? receipt.share() : Receipt{};
    if (kept_)
        keep({delivery.message, {}}, receipt, std::move(held_back));
    else
        add_waiting({delivery.message, std::move(held_back)});
    dispatch();
}

/// It may be with a consumer before it is on disk: its source hears of it afterwards all the same.
void Queue::keep(QueueItem item, const Receipt& receipt, Receipt held_back) {
    const bool is_next = !kept_->has_more() && waiting_.size() < KeptQueue::most_in_memory &&
                         waiting_size_ < KeptQueue::most_octets_in_memory;
    if (is_next) {
        item.number = kept_->append(*item.message, receipt.share());
    } else {
        const std::size_t before = kept_->later_size();
        item.number = kept_->append_for_later(*item.message, receipt.share());
        held_->fetch_add(kept_->later_size() - before, std::memory_order_relaxed);
    }
    if (!held_back.empty()) kept_->hold_back(item.number, std::move(held_back));
    if (is_next) add_waiting(std::move(item));
}

Queue::Consumer* Queue::find(ClientNumber number) noexcept {
    const auto found = std::find_if(consumers_.begin(), consumers_.end(), [number](const Consumer& consumer) {
        return consumer.link->number == number;
    });
    return found == consumers_.end() ? nullptr : &*found;
}

/// A consumer may grant credit while it is given a message: the loop that runs sees it.
void Queue::dispatch() {
    if (leaving_ != 0) return tell_readiness();
    if (std::exchange(is_dispatching_, true)) return;
    const WallTime now = wall_now();
    dispatch_returned(now);
    while (has_credit() && has_next()) {
        QueueItem item = take_waiting();
        item.receipt.settle(Outcome::accepted);
        if (item.message->is_expired(now))
            erase(item.number);
        else
            assign(item);
    }
    if (kept_ && !is_overrun()) kept_->let_sources_go_on();
    is_dispatching_ = false;
    if (has_said_full_ && !is_full()) has_said_full_ = false;
    tell_readiness();
}

/// What every consumer here has refused stays until another one comes. What is in the store is never dropped for that: see
/// is_overrun().
void Queue::dispatch_returned(WallTime now) {
    for (std::size_t i = 0; i < returned_.size() && has_credit();) {
        const std::size_t size = returned_[i].message->size();
        const bool is_over = returned_[i].message->is_expired(now);
        if (is_over) erase(returned_[i].number);
        if (is_over || assign(returned_[i])) {
            returned_size_ -= size;
            returned_.erase(returned_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    for (; !kept_ && returned_.size() > limits_.messages; dropped_.add()) {
        returned_size_ -= returned_.front().message->size();
        returned_.pop_front();
    }
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
            add_returned(std::move(item));
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
    if (is_overrun()) return true;
    const std::size_t count = waiting_.size() + (kept_ ? kept_->later_count() : 0);
    if (count == 0 && has_credit()) return false;  // it passes straight through
    const std::size_t size = waiting_size_ + (kept_ ? kept_->later_size() : 0);
    return count >= limits_.messages || size >= limits_.size || held_->load(std::memory_order_relaxed) >= limits_.all_size;
}

/// Consumers refuse so much of what is in the store that its sources have to wait for one that takes it.
bool Queue::is_overrun() const noexcept {
    return kept_ && (returned_.size() >= limits_.messages || returned_size_ >= limits_.size);
}

bool Queue::has_next() {
    if (waiting_.empty() && kept_ && kept_->has_more()) load();
    return !waiting_.empty();
}

void Queue::load() {
    const std::size_t before = kept_->later_size();
    auto items = kept_->load();
    const bool was_unreadable = std::exchange(kept_->is_unreadable, items.has_error());
    if (items.has_error()) {
        if (was_unreadable) return;
        return log::error("queue can't be read: what waits in it stays there",
                          {{"queue", name_}, {"error", items.error().message}});
    }
    held_->fetch_sub(before - kept_->later_size(), std::memory_order_relaxed);
    for (QueueItem& item : *items) add_waiting(std::move(item));
    if (items->empty()) dispatch_when_written();
}

void Queue::dispatch_when_written() {
    if (std::exchange(kept_->is_waiting_for_disk, true)) return;
    kept_->journal().call_when_written([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->kept_->is_waiting_for_disk = false;
        self->dispatch();
    });
}

void Queue::erase(std::uint64_t number) {
    if (kept_ && !is_ended_) kept_->erase(number);
}

void Queue::add_returned(QueueItem item) {
    if (is_ended_) return;
    returned_size_ += item.message->size();
    returned_.push_back(std::move(item));
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
    if (kept_) kept_->has_left(item.number);
    return item;
}

/// Other members of the group, clients of other protocols, are asked first while nobody here can take a
/// message.
void Queue::tell_readiness() {
    if (const bool ready = has_credit(); std::exchange(is_ready_, ready) != ready)
        home_.bus().set_ready(*this, filter_, ready);
}

/// Once, until there is room again.
void Queue::say_full() {
    if (has_said_full_) return;
    const auto held = full_lines_->pass();
    if (!held) return;
    has_said_full_ = true;
    const std::size_t count = waiting_.size() + (kept_ ? kept_->later_count() : 0);
    log::warn("queue is full: its sources wait, and what nobody waits for is dropped",
              {{"queue", name_}, {"messages", std::to_string(count)}, {"consumers", std::to_string(consumers_.size())}, {"held_back", std::to_string(*held)}});
}

bool Queue::is_idle() const noexcept {
    return consumers_.empty() && waiting_.empty() && returned_.empty() && (!kept_ || kept_->empty()) &&
           Clock::now() - last_used_.load(std::memory_order_relaxed) >= limits_.idle_time;
}

void Queue::check_idle() {
    home_.arm(idle_timer_, limits_.idle_time);
    if (is_idle()) idle_(*this);
}

}  // namespace rialto
