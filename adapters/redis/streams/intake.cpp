#include "adapters/redis/streams/intake.hpp"

#include <utility>

namespace rialto::redis::streams {

Intake::Intake(Shard& shard, std::function<void()> on_change, std::chrono::milliseconds pause)
    : shard_(shard), on_change_(std::move(on_change)), pause_(pause), pause_over_([this] { hand_on(); }) {}

void Intake::open(Inlet& inlet) {
    close();
    outcomes_ = new Outcomes(shard_, *this);
    inlet_ = &inlet;
}

void Intake::close() noexcept {
    if (outcomes_) std::exchange(outcomes_, nullptr)->forget_intake();
    pause_over_.cancel();
    inlet_ = nullptr;
    credit_ = 0;
    again_.clear();
    waiting_.clear();
    unsettled_.clear();
    acknowledged_.clear();
}

void Intake::grant(std::uint32_t more) {
    credit_ += more;
    hand_on();
}

Intake::Numbered* Intake::next_to_go() noexcept {
    if (again_.empty()) return waiting_.empty() ? nullptr : &waiting_;
    return pause_over_.is_armed() ? nullptr : &again_;
}

void Intake::hand_on() {
    if (is_handing_on_) return;  // more credit came from within accept()
    is_handing_on_ = true;
    while (inlet_ && credit_ != 0) {
        Numbered* const from = next_to_go();
        if (!from) break;
        --credit_;
        auto next = from->extract(from->begin());
        const std::uint64_t number = next.key();
        MessagePtr message = next.mapped().message;
        unsettled_.emplace(number, std::move(next.mapped()));  // it may be settled from within accept()
        inlet_->accept(std::move(message), Receipt(Ref<Settler>(outcomes_.get()), number));
    }
    is_handing_on_ = false;
    on_change_();
}

void Intake::settled(std::uint64_t number, Outcome outcome) {
    auto entry = unsettled_.extract(number);
    if (outcome == Outcome::released) {
        again_.emplace(number, std::move(entry.mapped()));
        shard_.arm(pause_over_, pause_);
        return;
    }
    acknowledge(*entry.mapped().key, entry.mapped().id);
    on_change_();
}

template <typename Visit>
void Intake::for_each(Visit&& visit) {
    for (auto& [number, entry] : again_) visit(entry);
    for (auto& [number, entry] : waiting_) visit(entry);
    for (auto& [number, entry] : unsettled_) visit(entry);
}

Intake::Ids Intake::take_older_than(Instant time) {
    Ids found;
    for_each([&](Held& entry) {
        if (entry.since >= time) return;
        entry.since = shard_.now();
        found[*entry.key].push_back(entry.id);
    });
    return found;
}

bool Intake::holds(const std::string& key, EntryId id) {
    bool is_held = false;
    for_each([&](const Held& entry) { is_held = is_held || (entry.id == id && *entry.key == key); });
    return is_held;
}

}  // namespace rialto::redis::streams
