#pragma once

#include "core/queues/queue_limits.hpp"
#include "core/bus.hpp"
#include "core/metrics.hpp"
#include "core/ref_counted.hpp"
#include "core/shard.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace rialto {

/// A message on its way through a queue.
struct QueueItem {
    MessagePtr message;
    Receipt receipt;  ///< only where the queue was full: settles when the message leaves it
    bool is_redelivered = false;
    std::vector<ClientNumber> refused_by{};  ///< consumers that did not want it
};

/// Whoever takes messages from a queue. Lives on: its connection's shard.
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

/// One named queue: a member of the shared group `$share/queue/…` that keeps what it is given
/// until a consumer has acknowledged it, whichever consumer that is. Each consumer gets no more than the
/// credit it granted. Without consumers messages wait. Lives on: its home shard; it is kept alive by whoever
/// refers to it.
///
/// When full it holds on to the receipts of what else comes, so that its sources wait; what comes without a
/// receipt is dropped and counted.
class Queue final : public Subscriber, public std::enable_shared_from_this<Queue> {
public:
    /// `idle` is called on the home shard when the queue was empty and unused for a while.
    /// `held` counts the octets that wait in this queue and all others.
    Queue(Shard& home, TopicFilter filter, const QueueLimits& limits,
          std::shared_ptr<std::atomic<std::size_t>> held, Counter& dropped, std::function<void(Queue&)> idle);
    ~Queue() override;

    Shard& home() const noexcept { return home_; }
    const TopicFilter& filter() const noexcept { return filter_; }

    void open();
    void close();

    /// These come from consumers on any shard; they act on the home shard, in the order of the calls. @thread
    /// any
    void attach(Ref<ConsumerLink> link, std::size_t credit);
    void detach(ClientNumber consumer);
    void grant(ClientNumber consumer, std::size_t credit);
    void give_back(std::vector<QueueItem> items);

    /// Somebody means to send to it: it stays. @thread any
    void touch() noexcept { last_used_.store(Clock::now(), std::memory_order_relaxed); }
    [[nodiscard]] bool is_idle() const noexcept;

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
    bool assign(QueueItem& item);
    Consumer* next_for(const QueueItem& item) noexcept;
    void hand_over(Consumer& consumer, QueueItem item);
    [[nodiscard]] bool has_credit() const noexcept;
    [[nodiscard]] bool is_full() const noexcept;
    void add_waiting(QueueItem item);
    QueueItem take_waiting();
    void tell_readiness();
    void check_idle();

    Shard& home_;
    const TopicFilter filter_;
    const QueueLimits limits_;
    Counter& dropped_;
    std::function<void(Queue&)> idle_;
    std::vector<Consumer> consumers_;
    std::size_t turn_ = 0;
    std::deque<QueueItem> returned_;  ///< given back, in the order they came; they go first
    std::deque<QueueItem> waiting_;
    std::size_t waiting_size_ = 0;  ///< octets
    std::shared_ptr<std::atomic<std::size_t>> held_;
    bool is_dispatching_ = false;
    bool is_ready_ = true;
    std::atomic<Instant> last_used_{Clock::now()};
    Timer idle_timer_;
};

}  // namespace rialto
