#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <vector>

#include "adapters/amqp/listener/address.hpp"
#include "adapters/amqp/listener/link.hpp"
#include "core/queues/queue.hpp"
#include "core/subscriber.hpp"

namespace rialto::amqp {

/// A link on which a client receives: what a topic filter matches, or what a queue has for it. No more is sent than the client
/// gave credit for; the rest is held here, or stays in the queue. Lives on: its connection's shard.
///
/// From a topic, a message that finds too much held is dropped and counted, so that a slow client delays nobody. What the
/// client releases, or has not settled at the end, goes to another receiver where the queue or the shared group has one.
class OutgoingLink final : public Link, public Subscriber, public QueueConsumer {
public:
    enum class Settling : std::uint8_t {
        by_client,   ///< the client says what became of each message
        by_quality,  ///< the same, but for messages at most once
        at_once,     ///< sent is settled
    };

    /// `queue` is null for topics.
    OutgoingLink(pn_link_t* link, const LinkContext& context, TopicFilter filter, std::shared_ptr<Queue> queue, Settling settling);

    /// Begins to take messages; retained ones come first.
    void open();

    void on_flow() noexcept override;
    void on_delivery(pn_delivery_t* delivery) noexcept override;
    void on_writable() noexcept override { send_held(); }
    void close() noexcept override;

    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override;
    void take(QueueItem item) noexcept override;

private:
    bool has_room() const noexcept;
    void hold(QueueItem item);
    void send_held();
    void send(QueueItem item);
    void settle(std::uint64_t token, std::uint64_t state, const pn_delivery_t* delivery);
    void finish(QueueItem item, Outcome outcome);
    void give_back(std::vector<QueueItem> items);
    void ask_for_more();
    void answer_drain();

    TopicFilter filter_;
    std::shared_ptr<Queue> queue_;
    Ref<ConsumerLink> consumer_;  ///< of a queue's
    Settling settling_;
    std::deque<QueueItem> held_;
    std::size_t held_size_ = 0;  ///< octets
    boost::unordered_flat_map<std::uint64_t, QueueItem> unsettled_;  ///< by tag; of a topic without the message
    std::uint64_t last_tag_ = 0;
    std::size_t asked_for_ = 0;  ///< credit that the queue has from here
    bool is_ready_ = true;       ///< as the shared group knows it
    bool is_open_ = false;
};

}  // namespace rialto::amqp
