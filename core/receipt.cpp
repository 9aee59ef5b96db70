#include "core/receipt.hpp"

#include <memory>

#include "core/shard.hpp"

namespace rialto {

Receipt::Receipt(Ref<Settler> settler, std::uint64_t token) : state_(new State{1, Outcome::accepted, token, std::move(settler)}) {}

Receipt Receipt::share() const noexcept {
    if (state_) state_->shares.fetch_add(1, std::memory_order_relaxed);
    return Receipt(state_);
}

void Receipt::settle(Outcome outcome) noexcept {
    State* state = std::exchange(state_, nullptr);
    if (!state) return;
    if (outcome != Outcome::accepted) {
        auto worst = state->worst.load(std::memory_order_relaxed);
        while (outcome > worst && !state->worst.compare_exchange_weak(worst, outcome, std::memory_order_relaxed)) {
        }
    }
    if (state->shares.load(std::memory_order_acquire) == 1 ||
        state->shares.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        finish(state);
    }
}

void Receipt::finish(State* state) noexcept {
    const std::unique_ptr<State> owned(state);
    Shard& home = state->settler->home();
    const auto outcome = state->worst.load(std::memory_order_relaxed);
    if (home.is_current()) {
        state->settler->settled(state->token, outcome);
        return;
    }
    home.post([settler = std::move(state->settler), token = state->token, outcome] { settler->settled(token, outcome); });
}

}  // namespace rialto
