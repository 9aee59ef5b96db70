#include "bridge/outlet.hpp"

#include <algorithm>
#include <utility>

namespace rialto::bridge {
namespace {

// A token is the connection on which a message was sent, the round of its slot, and the slot.
constexpr int slot_bits = 32;
constexpr int round_bits = 24;
constexpr std::uint32_t round_mask = (1U << round_bits) - 1;

/// What its lane is told by.
std::string_view lane_text(const Message& message, Order order) {
    if (order == Order::by_key && message.properties().key) return *message.properties().key;
    return message.topic();
}

/// What is on disk, nobody waits for.
bool is_awaited(const Parcel& parcel, bool has_receipt) { return has_receipt && !parcel.is_spooled; }

}  // namespace

std::string_view name_of(Undeliverable why) noexcept {
    switch (why) {
        case Undeliverable::rejected: return "rejected";
        case Undeliverable::too_many_attempts: return "too_many_attempts";
        case Undeliverable::unmappable_topic: return "unmappable_topic";
    }
    return "";
}

/// Hears from the sink on the outlet's behalf; the outlet may be gone before the last answer.
class Outlet::Confirmations final : public Settler {
public:
    Confirmations(Shard& home, Outlet& outlet) : Settler(home), outlet_(&outlet) {}
    void forget_outlet() noexcept { outlet_ = nullptr; }
    void go_on() noexcept {
        if (outlet_) outlet_->go_on();
    }
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        if (outlet_) outlet_->settled(token, outcome);
    }

private:
    Outlet* outlet_;
};

Outlet::Outlet(Shard& shard, Limits limits, Counters counters, OnSend on_send, Backoff backoff)
    : shard_(shard),
      limits_(limits),
      counters_(counters),
      on_send_(std::move(on_send)),
      backoff_(std::move(backoff)),
      retry_([this] { on_retry(); }),
      confirmations_(new Confirmations(shard, *this)) {}

Outlet::~Outlet() {
    confirmations_->forget_outlet();
    counters_.queued.add(-static_cast<std::int64_t>(size_));
    counters_.limiting.add(is_limiting_ ? -1 : 0);
    for (Lane& lane : lanes_) lane.entries.clear();
    paused_.clear();
    ready_.clear();
    queue_.clear();
}

bool Outlet::has_room_for(const Message& message) const noexcept {
    return unacknowledged_count_ < limits_.unacknowledged_messages &&
           unacknowledged_bytes_ + message.size() <= limits_.unacknowledged_bytes;
}

void Outlet::push(Parcel parcel) {
    if (parcel.receipt.empty()) {
        if (!has_room_for(*parcel.message)) return counters_.drops.count(Drop::queue_full, parcel.route);
        ++unacknowledged_count_;
        unacknowledged_bytes_ += parcel.message->size();
    }
    Entry& entry = add(std::move(parcel));
    if (!next_) next_ = &entry;
    send_more();
}

Outlet::Entry& Outlet::add(Parcel parcel) {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back().slot = free_slots_.back();
    }
    Entry& entry = slots_[free_slots_.back()];
    free_slots_.pop_back();
    entry.parcel = std::move(parcel);
    entry.number = ++last_number_;
    entry.attempts = 0;
    entry.state = State::waiting;
    entry.has_receipt = !entry.parcel.receipt.empty();
    entry.was_sent = entry.was_given_back = false;
    entry.lane = no_lane;
    if (entry.parcel.order != Order::none) {
        const auto text = lane_text(*entry.parcel.message, entry.parcel.order);
        entry.lane = static_cast<std::uint8_t>(std::hash<std::string_view>{}(text) % lane_count);
        lanes_[entry.lane].entries.push_back(entry);
    }
    queue_.push_back(entry);
    ++size_;
    awaited_ += is_awaited(entry.parcel, entry.has_receipt) ? 1 : 0;
    bytes_ += entry.parcel.message->size();
    counters_.queued.add(1);
    return entry;
}

void Outlet::opened(Sink& sink) {
    sink_ = &sink;
    send_more();
}

void Outlet::closed() {
    sink_ = nullptr;
    ++connection_;
    unanswered_ = 0;
    retry_.cancel();
    for (Entry& entry : queue_) {
        wait_again(entry);
        entry.was_given_back = false;  // that was the connection's fault
    }
    for (Lane* const lane : troubled_) {
        lane->state = LaneState::open;
        lane->tries = 0;
    }
    troubled_.clear();
    paused_.clear();
    ready_.clear();
    next_ = queue_.empty() ? nullptr : &queue_.front();
    say_limit();
}

std::vector<Parcel> Outlet::take_all() {
    std::vector<Parcel> all;
    all.reserve(size_);
    next_ = nullptr;
    while (!queue_.empty()) all.push_back(take_out(queue_.front()));
    say_limit();
    return all;
}

void Outlet::send_more() {
    if (is_sending_) return;
    if (!sink_ || is_hesitating_) return say_limit();
    is_sending_ = true;  // an answer that comes during the call is no reason to send from within it
    while (sink_ && unanswered_ < sink_->window()) {
        Entry* const entry = pick();
        if (!entry) break;
        send(*entry);
    }
    is_sending_ = false;
    say_limit();
}

void Outlet::say_limit() {
    const bool is_limiting = awaited_ > 0 && (!sink_ || unanswered_ >= sink_->window());
    if (std::exchange(is_limiting_, is_limiting) != is_limiting) counters_.limiting.add(is_limiting ? 1 : -1);
}

/// Who waited before goes before the new ones.
Outlet::Entry* Outlet::pick() {
    for (std::size_t i = troubled_.size(); i-- > 0;) {
        Lane& lane = *troubled_[i];
        if (Entry* const entry = pick_from(lane)) return entry;
        if (lane.state == LaneState::open) troubled_.erase(troubled_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (!ready_.empty()) {
        Entry& entry = ready_.front();
        ready_.pop_front();
        return &entry;
    }
    return pick_new();
}

Outlet::Entry* Outlet::pick_from(Lane& lane) {
    if (lane.state == LaneState::ready) {
        if (lane.entries.empty()) {
            lane.state = LaneState::open;
        } else if (Entry& first = lane.entries.front(); first.state == State::waiting) {  // else one before it is on its way
            lane.state = LaneState::probing;
            return &first;
        }
        return nullptr;
    }
    if (lane.state != LaneState::catching_up) return nullptr;
    while (Entry* const entry = lane.next) {
        if (!is_past(*entry)) break;
        const auto after = std::next(lane.entries.iterator_to(*entry));
        lane.next = after == lane.entries.end() ? nullptr : &*after;
        if (entry->state == State::waiting) return entry;
    }
    lane.state = LaneState::open;
    return nullptr;
}

Outlet::Entry* Outlet::pick_new() {
    while (Entry* const entry = next_) {
        const auto after = std::next(queue_.iterator_to(*entry));
        next_ = after == queue_.end() ? nullptr : &*after;
        const Lane* const lane = lane_of(*entry);
        if (!lane || lane->state == LaneState::open) return entry;
    }
    return nullptr;
}

void Outlet::send(Entry& entry) {
    if (entry.parcel.message->is_expired(wall_now())) {
        counters_.drops.count(Drop::expired, entry.parcel.route);
        take_out(entry).receipt.settle(Outcome::accepted);  // nobody wants it any more
        return;
    }
    if (std::exchange(entry.was_sent, true)) counters_.repeated.add();
    entry.state = State::sent;
    ++unanswered_;
    const std::uint64_t token = (std::uint64_t{connection_} << (round_bits + slot_bits)) |
                                (std::uint64_t{entry.round & round_mask} << slot_bits) | entry.slot;
    if (on_send_) on_send_(*entry.parcel.message);
    sink_->send(entry.parcel.message, Receipt(confirmations_, token));
}

void Outlet::settled(std::uint64_t token, Outcome outcome) {
    if (token >> (round_bits + slot_bits) != connection_) return;
    --unanswered_;
    Entry& entry = slots_[static_cast<std::uint32_t>(token)];
    if (outcome == Outcome::released) hesitate();
    if ((entry.round & round_mask) == (token >> slot_bits & round_mask)) {  // else it goes again whatever the answer
        ++entry.round;
        answered(entry, outcome);
    }
    if (!is_sending_) send_more();
    if (on_answer_) on_answer_();
}

/// Sinks that lose their connection give back one message after the other, and say last that they are gone: nothing may be
/// sent from within that.
void Outlet::hesitate() {
    if (std::exchange(is_hesitating_, true)) return;
    shard_.post([confirmations = confirmations_] { confirmations->go_on(); });
}

void Outlet::go_on() {
    is_hesitating_ = false;
    send_more();
}

void Outlet::answered(Entry& entry, Outcome outcome) {
    switch (outcome) {
        case Outcome::accepted: return confirmed(entry);
        case Outcome::rejected: return give_up(entry, Undeliverable::rejected);
        case Outcome::released: return given_back(entry);
    }
}

void Outlet::confirmed(Entry& entry) {
    entry.state = State::confirmed;
    if (Lane* const lane = lane_of(entry)) return settle_confirmed(*lane);
    counters_.sent.add();
    take_out(entry).receipt.settle(Outcome::accepted);
}

/// Where one that was sent before goes again, those behind it do too, so they are not done before it is.
void Outlet::settle_confirmed(Lane& lane) {
    while (!lane.entries.empty() && lane.entries.front().state == State::confirmed) {
        counters_.sent.add();
        take_out(lane.entries.front()).receipt.settle(Outcome::accepted);
    }
}

void Outlet::given_back(Entry& entry) {
    entry.state = State::waiting;
    entry.was_given_back = true;
    Lane* const lane = lane_of(entry);
    if (!lane) {
        entry.due = shard_.now() + backoff_.after(static_cast<int>(std::min(entry.attempts, 100U)));
        paused_.push_back(entry);
        return try_again_at(entry.due);
    }
    for (auto behind = lane->entries.iterator_to(entry); behind != lane->entries.end(); ++behind) wait_again(*behind);
    if (lane->state == LaneState::open) troubled_.push_back(lane);
    lane->state = LaneState::paused;
    lane->due = shard_.now() + backoff_.after(lane->tries);
    lane->tries = std::min(lane->tries + 1, 100);
    try_again_at(lane->due);
}

void Outlet::wait_again(Entry& entry) noexcept {
    if (entry.state == State::sent) ++entry.round;
    entry.state = State::waiting;
}

void Outlet::give_up(Entry& entry, Undeliverable why) {
    (why == Undeliverable::rejected ? counters_.rejected : counters_.given_up).add();
    const std::uint32_t attempts = entry.attempts + (why == Undeliverable::rejected ? 1 : 0);
    Lane* const lane = lane_of(entry);
    Parcel parcel = take_out(entry);
    if (parcel.returns) {
        parcel.returns->take_back(*parcel.message, why, attempts, std::move(parcel.receipt));
    } else {
        parcel.receipt.settle(Outcome::rejected);
    }
    if (lane) settle_confirmed(*lane);
}

/// Its slot may be another's when this returns.
Parcel Outlet::take_out(Entry& entry) {
    if (Lane* const lane = lane_of(entry)) {
        const bool was_first = &lane->entries.front() == &entry;
        const auto after = lane->entries.erase(lane->entries.iterator_to(entry));
        if (lane->next == &entry) lane->next = after == lane->entries.end() ? nullptr : &*after;
        left(*lane, was_first);
    }
    queue_.erase(queue_.iterator_to(entry));
    Parcel parcel = std::move(entry.parcel);
    if (!entry.has_receipt) {
        --unacknowledged_count_;
        unacknowledged_bytes_ -= parcel.message->size();
    }
    free_slots_.push_back(entry.slot);
    --size_;
    awaited_ -= is_awaited(parcel, entry.has_receipt) ? 1 : 0;
    bytes_ -= parcel.message->size();
    counters_.queued.add(-1);
    return parcel;
}

void Outlet::left(Lane& lane, bool was_first) {
    if (lane.state != LaneState::probing || !was_first) return;
    lane.state = LaneState::catching_up;
    lane.tries = 0;
    lane.next = lane.entries.empty() ? nullptr : &lane.entries.front();
}

void Outlet::try_again_at(Instant due) {
    if (retry_.is_armed() && retry_due_ <= due) return;
    retry_due_ = due;
    shard_.arm(retry_, due - shard_.now());
}

void Outlet::on_retry() {
    const Instant now = shard_.now();
    Instant earliest = Instant::max();
    for (std::size_t i = 0; i < troubled_.size(); ++i) {
        Lane& lane = *troubled_[i];
        if (lane.state != LaneState::paused) continue;
        if (lane.due <= now) {
            retry_lane(lane);
        } else {
            earliest = std::min(earliest, lane.due);
        }
    }
    for (auto it = paused_.begin(); it != paused_.end();) {
        Entry& entry = *it;
        if (entry.due > now) {
            earliest = std::min(earliest, entry.due);
            ++it;
            continue;
        }
        it = paused_.erase(it);
        if (!is_given_up(entry)) ready_.push_back(entry);
    }
    if (earliest != Instant::max()) try_again_at(earliest);
    send_more();
}

void Outlet::retry_lane(Lane& lane) {
    lane.state = LaneState::ready;
    for (auto it = lane.entries.begin(); it != lane.entries.end() && it->was_sent;) {
        Entry& entry = *it++;
        if (entry.was_given_back) is_given_up(entry);
    }
}

/// Counts the attempt that ended when it was given back: only now, as the connection has held since.
bool Outlet::is_given_up(Entry& entry) {
    entry.was_given_back = false;
    ++entry.attempts;
    const std::uint32_t most = entry.parcel.returns ? entry.parcel.returns->max_attempts() : 0;
    if (most == 0 || entry.attempts < most) return false;
    give_up(entry, Undeliverable::too_many_attempts);
    return true;
}

}  // namespace rialto::bridge
