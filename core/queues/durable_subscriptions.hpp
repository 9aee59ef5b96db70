#pragma once

#include "core/error.hpp"
#include "core/gateway.hpp"
#include "core/queues/queue.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace rialto {

/// Who may take from a durable subscription at a time.
enum class Sharing : std::uint8_t {
    one_at_a_time,  ///< so that its order holds
    together,       ///< each message goes to one of them
};

/// A subscription that outlives its subscriber: a queue of its own that takes all that its filter matches.
struct DurableSubscription {
    std::string name;
    std::uint64_t number;  ///< no other one, of this name or another, ever had it
    std::shared_ptr<Queue> queue;
    std::size_t users = 0;
};

class DurableSubscriptions;

/// Holds a durable subscription as long as its subscriber takes messages. Given up by release() or where it is destroyed.
class DurableHold {
public:
    DurableHold() = default;
    DurableHold(DurableSubscriptions& all, std::shared_ptr<DurableSubscription> held) noexcept : all_(&all), held_(std::move(held)) {}
    DurableHold(DurableHold&&) noexcept = default;
    DurableHold& operator=(DurableHold&& other) noexcept {
        release();
        all_ = other.all_;
        held_ = std::move(other.held_);
        return *this;
    }
    ~DurableHold() { release(); }

    void release() noexcept;
    explicit operator bool() const noexcept { return held_ != nullptr; }
    /// Precondition: it holds one.
    const std::shared_ptr<Queue>& queue() const noexcept { return held_->queue; }

private:
    DurableSubscriptions* all_ = nullptr;
    std::shared_ptr<DurableSubscription> held_;
};

/// All durable subscriptions of the gateway by their names. Where it has a store they are there again after it was killed, with
/// all that waits. One that nobody comes back to stays until it is ended. @thread any
class DurableSubscriptions {
public:
    /// Both outlive it.
    DurableSubscriptions(Gateway& gateway, const QueueCommons& commons) noexcept : gateway_(gateway), commons_(commons) {}

    /// Brings back what is stored, the first time it is called. Before the shards run. @error invalid  it is damaged
    Result<void> restore();

    /// The subscription of that name, made on `here`, the shard that runs this, where there is none; retained messages are the
    /// first that wait in a new one. One with another filter is replaced, and what waited in it is forgotten.
    /// @error refused  somebody else is using it  @error over_limit  there are too many
    [[nodiscard]] Result<DurableHold> use(std::string_view name, const TopicFilter& filter, Sharing sharing, Shard& here);

    /// Ends it, and forgets what waits. @return its queue, for confirm()
    /// @error invalid  there is none of that name  @error refused  somebody is using it
    [[nodiscard]] Result<std::shared_ptr<Queue>> end(std::string_view name, Shard& here);

    /// @param receipt  settles as accepted when what was done to the queue's subscription is safe
    void confirm(const std::shared_ptr<Queue>& queue, Receipt receipt);

    [[nodiscard]] std::size_t count() const;

private:
    friend class DurableHold;
    using SubscriptionPtr = std::shared_ptr<DurableSubscription>;

    Result<void> restore_at(Shard* here);
    Result<SubscriptionPtr> make(std::string_view name, TopicFilter filter, Shard& home, std::uint64_t number,
                                 const StoredMessages* found);
    Result<SubscriptionPtr> take(std::string_view name, const TopicFilter& filter, Sharing sharing, Shard& here,
                                 SubscriptionPtr& replaced);
    Result<SubscriptionPtr> add(std::string_view name, const TopicFilter& filter, Shard& here);
    void drop(SubscriptionPtr subscription);

    Gateway& gateway_;
    const QueueCommons& commons_;
    mutable std::mutex mutex_;
    bool is_restored_ = false;
    std::uint64_t last_number_ = 0;
    std::map<std::string, SubscriptionPtr, std::less<>> all_;
};

}  // namespace rialto
