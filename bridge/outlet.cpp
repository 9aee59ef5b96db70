#include "bridge/outlet.hpp"

#include "core/log.hpp"

namespace rialto::bridge {
namespace {

// A token is the round in which a message was sent, and its number.
constexpr int number_bits = 48;
constexpr std::uint64_t number_mask = (std::uint64_t{1} << number_bits) - 1;

}  // namespace

/// Hears from the sink on the outlet's behalf; the outlet may be gone before the last answer.
class Outlet::Confirmations final : public Settler {
public:
    Confirmations(Shard& home, Outlet& outlet) : Settler(home), outlet_(&outlet) {}
    void forget_outlet() noexcept { outlet_ = nullptr; }
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        if (outlet_) outlet_->settled(token, outcome);
    }

private:
    Outlet* outlet_;
};

Outlet::Outlet(Shard& shard, std::string backend, Limits limits, Counters counters, OnSend on_send, Backoff backoff)
    : shard_(shard),
      backend_(std::move(backend)),
      limits_(limits),
      counters_(counters),
      on_send_(std::move(on_send)),
      backoff_(std::move(backoff)),
      retry_([this] { send_more(); }),
      confirmations_(new Confirmations(shard, *this)) {}

Outlet::~Outlet() {
    confirmations_->forget_outlet();
    counters_.queued.add(-static_cast<std::int64_t>(queue_.size()));
}

bool Outlet::has_room_for(const Message& message) const noexcept {
    return unacknowledged_count_ < limits_.unacknowledged_messages &&
           unacknowledged_bytes_ + message.size() <= limits_.unacknowledged_bytes;
}

void Outlet::push(MessagePtr message, Receipt receipt) {
    if (receipt.empty()) {
        if (!has_room_for(*message)) return counters_.dropped.add();
        ++unacknowledged_count_;
        unacknowledged_bytes_ += message->size();
    }
    const bool has_receipt = !receipt.empty();
    queue_.push_back({std::move(message), std::move(receipt), has_receipt});
    counters_.queued.add(1);
    send_more();
}

void Outlet::opened(Sink& sink) {
    sink_ = &sink;
    backoff_.reset();
    send_more();
}

void Outlet::closed() {
    sink_ = nullptr;
    retry_.cancel();
    go_back();
}

void Outlet::send_more() {
    if (!sink_ || retry_.is_armed() || is_sending_) return;
    is_sending_ = true;  // an answer that comes during the call is no reason to send from within it
    while (sink_ && !retry_.is_armed() && next_ - first_ < queue_.size() && unconfirmed_ < sink_->window()) {
        const std::uint64_t number = next_++;
        Entry& entry = queue_[number - first_];
        if (!entry.is_done) send(entry, number);
    }
    is_sending_ = false;
    pop_done();
}

void Outlet::send(Entry& entry, std::uint64_t number) {
    if (entry.message->is_expired(wall_now())) {
        entry.is_done = true;
        counters_.expired.add();
        entry.receipt.settle(Outcome::accepted);  // nobody wants it any more
        return;
    }
    if (std::exchange(entry.was_sent, true)) counters_.repeated.add();
    ++unconfirmed_;
    const std::uint64_t token = (std::uint64_t{round_} << number_bits) | (number & number_mask);
    if (on_send_) on_send_(*entry.message);
    sink_->send(entry.message, Receipt(confirmations_, token));
}

void Outlet::settled(std::uint64_t token, Outcome outcome) {
    if (token >> number_bits != round_) return;  // sent again since
    --unconfirmed_;
    if (outcome == Outcome::released) {
        go_back();
        shard_.arm(retry_, backoff_.next());
        return;
    }
    backoff_.reset();
    Entry& entry = queue_[((token - first_) & number_mask)];
    entry.is_done = true;
    entry.receipt.settle(outcome);
    (outcome == Outcome::accepted ? counters_.sent : counters_.rejected).add();
    if (is_sending_) return;
    pop_done();
    send_more();
}

void Outlet::go_back() {
    ++round_;
    unconfirmed_ = 0;
    next_ = first_;
}

void Outlet::pop_done() {
    while (!queue_.empty() && queue_.front().is_done) {
        if (!queue_.front().has_receipt) {
            --unacknowledged_count_;
            unacknowledged_bytes_ -= queue_.front().message->size();
        }
        queue_.pop_front();
        ++first_;
        counters_.queued.add(-1);
    }
    if (next_ < first_) next_ = first_;
}

}  // namespace rialto::bridge
