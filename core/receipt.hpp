#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "core/ref_counted.hpp"

namespace rialto {

class Shard;

/// What became of a message at one taker, and, as the worst of all takers, of the message. In the order of "worse":
/// a message that one taker refused and another wants again has to come again.
enum class Outcome : std::uint8_t {
    accepted,  ///< the taker has it; the source may forget it
    rejected,  ///< the taker will never take it; trying again can't help
    released,  ///< not taken; try again
};

/// Who wants to know what became of its messages: a source, or a publishing client. Lives on: its home shard.
class Settler : public RefCounted {
public:
    explicit Settler(Shard& home) noexcept : home_(home) {}

    /// Every share of the receipt made with `token` is settled; `outcome` is the worst of them. Called once for each
    /// receipt, on the home shard; it may come before the publish call that handed the receipt over has returned.
    virtual void settled(std::uint64_t token, Outcome outcome) noexcept = 0;

    Shard& home() const noexcept { return home_; }

private:
    Shard& home_;
};

/// A share in the source's wish to know. Whoever takes a message over keeps one and settles it once; a share that is
/// dropped unsettled counts as released, so forgetting cannot lose a message. An empty receipt asks for nothing and
/// costs nothing. Lives on: any thread, one at a time; the settler hears of it on its own shard.
class Receipt {
public:
    Receipt() noexcept = default;
    Receipt(Ref<Settler> settler, std::uint64_t token);
    Receipt(Receipt&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    Receipt& operator=(Receipt&& other) noexcept {
        if (this != &other) {
            settle(Outcome::released);
            state_ = std::exchange(other.state_, nullptr);
        }
        return *this;
    }
    ~Receipt() {
        if (state_) settle(Outcome::released);
    }

    /// Another share, for one more taker.
    [[nodiscard]] Receipt share() const noexcept;

    /// Settles this share; the receipt is empty afterwards. Does nothing on an empty one.
    void settle(Outcome outcome) noexcept;

    /// Whether nobody waits for it.
    bool empty() const noexcept { return state_ == nullptr; }

private:
    struct State {
        std::atomic<std::uint32_t> shares{1};
        std::atomic<Outcome> worst{Outcome::accepted};
        std::uint64_t token;
        Ref<Settler> settler;
    };

    explicit Receipt(State* state) noexcept : state_(state) {}
    static void finish(State* state) noexcept;

    State* state_ = nullptr;
};

}  // namespace rialto
