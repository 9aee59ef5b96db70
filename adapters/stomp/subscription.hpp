#pragma once

#include "adapters/stomp/delivery_id.hpp"
#include "adapters/stomp/destination.hpp"
#include "adapters/stomp/durable_name.hpp"
#include "adapters/stomp/limits.hpp"
#include "adapters/stomp/version.hpp"
#include "core/bus.hpp"
#include "core/net/wire.hpp"
#include "core/queues/queue.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rialto::stomp {

enum class AckMode : std::uint8_t {
    automatic,   ///< sent is acknowledged
    cumulative,  ///< `client`: an ACK is for its message and all before it
    individual,  ///< `client-individual`: an ACK is for its message alone
};

/// What a SUBSCRIBE frame asked for.
struct SubscriptionTerms {
    std::optional<std::string> id;  ///< 1.0 clients may leave it out
    std::string destination;        ///< as the client wrote it
    DestinationStyle style;
    TopicFilter filter;
    AckMode ack = AckMode::automatic;
    std::size_t prefetch = 0;
    bool no_local = false;
    std::optional<DurableName> durable{};  ///< of a topic, where what it asks for is to wait while the client is away
};

/// Where a subscription's messages come from; nothing in it where that is the bus.
struct Feed {
    std::shared_ptr<Queue> queue;  ///< of `/queue/…`, or the one behind `durable`
    DurableHold durable{};
};

/// What a NACK asks for.
enum class Refusal : std::uint8_t {
    for_others,  ///< somebody else may have it
    for_good,    ///< `requeue:false`: nobody needs it
};

/// Where the subscription's connection stands: what all its subscriptions have in common.
struct SubscriberContext {
    Wire& wire;
    Version version;
    ClientNumber connection;
    const Limits& limits;
    Counter& sent;
    Counter& dropped;
};

/// One subscription of one connection: takes messages from the bus or from a queue, writes what its client
/// has room for and holds the rest, and keeps what is not acknowledged. Lives on: its connection's shard.
///
/// From a topic, a message that finds too much held is dropped and counted, so that a slow client delays
/// nobody. From a queue, no more comes than there is room for, and what is not acknowledged at the end goes
/// to another consumer. A durable subscription is a queue too.
class Subscription final : public Subscriber, public QueueConsumer {
public:
    Subscription(SubscriptionTerms terms, std::uint32_t number, const SubscriberContext& context, Feed feed);

    const SubscriptionTerms& terms() const noexcept { return terms_; }

    /// Begins to take messages; retained ones come at once.
    void open();
    /// Takes no more, and gives back what others may have. It may be called again.
    void close();

    /// False where that message is not waiting for an acknowledgement.
    [[nodiscard]] bool is_waiting_for(std::uint64_t sequence) const noexcept;
    /// Precondition of both: is_waiting_for(sequence).
    void acknowledge(std::uint64_t sequence);
    void refuse(std::uint64_t sequence, Refusal refusal);

    /// The client has read what was written.
    void on_drained();

    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override;
    void take(QueueItem item) noexcept override;

private:
    struct Held {
        QueueItem item;
        bool is_retained = false;
    };

    void write(const Held& held);
    void write_held();
    [[nodiscard]] bool has_room() const noexcept { return unacknowledged_count_ < terms_.prefetch; }
    [[nodiscard]] bool is_congested() const noexcept {
        return context_.wire.backlog() > context_.limits.backlog;
    }
    std::vector<QueueItem> release(std::uint64_t sequence);
    void return_items(std::vector<QueueItem> items);
    void made_room(std::size_t count);

    SubscriptionTerms terms_;
    SubscriberContext context_;
    std::uint32_t number_;
    std::string prefix_;
    std::shared_ptr<Queue> queue_;
    DurableHold durable_;
    Ref<ConsumerLink> link_;
    bool is_open_ = false;
    std::uint64_t next_sequence_ = 1;
    /// Sent and not acknowledged, by sequence from `first_sequence_`; without a message where it is settled
    /// already.
    std::deque<QueueItem> unacknowledged_;
    std::uint64_t first_sequence_ = 1;
    std::size_t unacknowledged_count_ = 0;
    std::size_t held_size_ = 0;    ///< octets of `held_`
    std::deque<Held> held_;        ///< of a topic, waiting for room
    std::size_t owed_credit_ = 0;  ///< of a queue in mode auto, granted once the client has read
};

}  // namespace rialto::stomp
