#pragma once

#include "core/queues/kept_queue.hpp"
#include "core/queues/queue_item.hpp"
#include "core/queues/queue_limits.hpp"
#include "core/bus.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "core/ref_counted.hpp"
#include "core/shard.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rialto {

/// Whoever takes messages from a queue: it is done with each by Queue::done(), or gives it back. Lives on: its connection's shard.
class QueueConsumer {
public:
    virtual void take(QueueItem item) noexcept = 0;

protected:
    ~QueueConsumer() = default;
};

/// How a queue on one shard reaches a consumer on another that may be gone when the message arrives.
struct ConsumerLink : RefCounted {
    ConsumerLink(Shard& home, ClientNumber who, QueueConsumer& behind) noexcept
        : shard(home), number(who), consumer(&behind) {}
    Shard& shard;
    const ClientNumber number;
    QueueConsumer* consumer;  ///< null once it is gone; touched on `shard` alone
};

/// What all queues of a gateway have in common.
struct QueueCommons {
    QueueLimits limits;
    std::vector<Counter*> dropped{};  ///< by shard
    std::shared_ptr<std::atomic<std::size_t>> held = std::make_shared<std::atomic<std::size_t>>(0);  ///< octets in all of them
    std::shared_ptr<log::RateLimit> full_lines = std::make_shared<log::RateLimit>();
};

/// One named queue: a subscriber, of the shared group `$share/queue/…` or of its own, that keeps what it is given
/// until a consumer has acknowledged it, whichever consumer that is. Each consumer gets no more than the
/// credit it granted. Without consumers messages wait. Lives on: its home shard; it is kept alive by whoever
/// refers to it.
///
/// When full it holds on to the receipts of what else comes, so that its sources wait; what comes without a
/// receipt is dropped and counted.
///
/// Where the gateway has a store, a message is on disk before its source hears that it was accepted, and stays there until a
/// consumer is done with it; most of what waits is on disk alone.
class Queue final : public Subscriber, public std::enable_shared_from_this<Queue> {
public:
    /// `name` is for people. `idle` is called on the home shard when the queue was empty and unused for a while.
    /// `kept` is null where there is no store.
    Queue(Shard& home, std::string name, TopicFilter filter, const QueueCommons& commons, std::function<void(Queue&)> idle,
          std::unique_ptr<KeptQueue> kept);
    ~Queue() override;

    Shard& home() const noexcept { return home_; }
    const TopicFilter& filter() const noexcept { return filter_; }

    void open();
    void close();
    /// Closes it for good and forgets all that it has, on disk too; its sources go on. Nobody consumes it.
    void end();

    /// These come from consumers on any shard; they act on the home shard, in the order of the calls. @thread
    /// any
    void attach(Ref<ConsumerLink> link, std::size_t credit);
    /// The same, behind all that other shards have sent here before: what an earlier consumer gave back comes first.
    void attach_in_turn(Ref<ConsumerLink> link, std::size_t credit);
    void detach(ClientNumber consumer);
    void grant(ClientNumber consumer, std::size_t credit);
    void give_back(std::vector<QueueItem> items);
    /// The client has acknowledged these, or refused them for good: nobody is to get them again.
    void done(const std::vector<QueueItem>& items);
    void done(const QueueItem& item);

    /// Somebody means to send to it: it stays. @thread any
    void touch() noexcept { last_used_.store(Clock::now(), std::memory_order_relaxed); }
    /// What this client publishes does not go into the queue; 0 for nobody. @thread any
    void leave_out(ClientNumber publisher) noexcept { left_out_.store(publisher, std::memory_order_relaxed); }
    [[nodiscard]] bool is_idle() const noexcept;
    /// Messages that wait in memory. @thread the home shard's
    [[nodiscard]] std::size_t in_memory() const noexcept { return waiting_.size(); }

    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override;

private:
    struct Consumer {
        Ref<ConsumerLink> link;
        std::size_t credit;
    };

    template <typename Act> void at_home(Act&& act);
    Consumer* find(ClientNumber number) noexcept;
    void dispatch();
    void dispatch_returned(WallTime now);
    void await_returns(Shard& from);
    bool assign(QueueItem& item);
    Consumer* next_for(const QueueItem& item) noexcept;
    void hand_over(Consumer& consumer, QueueItem item);
    [[nodiscard]] bool has_credit() const noexcept;
    [[nodiscard]] bool is_full() const noexcept;
    [[nodiscard]] bool is_overrun() const noexcept;
    void keep(QueueItem item, const Receipt& receipt, Receipt held_back);
    bool has_next();
    void load();
    void dispatch_when_written();
    void erase(std::uint64_t number);
    void add_waiting(QueueItem item);
    QueueItem take_waiting();
    void add_returned(QueueItem item);
    void tell_readiness();
    void say_full();
    void check_idle();

    Shard& home_;
    const std::string name_;
    const TopicFilter filter_;
    const QueueLimits limits_;
    Counter& dropped_;
    std::function<void(Queue&)> idle_;
    std::vector<Consumer> consumers_;
    std::size_t turn_ = 0;
    std::deque<QueueItem> returned_;  ///< given back, in the order they came; they go first
    std::size_t returned_size_ = 0;   ///< octets
    std::deque<QueueItem> waiting_;   ///< in memory; others may wait on disk behind them
    std::size_t waiting_size_ = 0;    ///< octets
    std::unique_ptr<KeptQueue> kept_;
    std::shared_ptr<std::atomic<std::size_t>> held_;
    std::shared_ptr<log::RateLimit> full_lines_;
    bool is_dispatching_ = false;
    bool is_ready_ = true;
    bool is_ended_ = false;
    bool has_said_full_ = false;
    std::size_t leaving_ = 0;  ///< consumers that are gone, but may still give back what was on its way to them
    std::atomic<ClientNumber> left_out_{0};
    std::atomic<Instant> last_used_{Clock::now()};
    Timer idle_timer_;
};

}  // namespace rialto
