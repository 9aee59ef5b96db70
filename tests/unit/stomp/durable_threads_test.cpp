#include "tests/unit/stomp/house.hpp"

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;
using namespace std::chrono_literals;

namespace {

constexpr int message_count = 20'000;
constexpr std::size_t takes = 7;     ///< then it goes, while up to three are on its way
constexpr std::size_t finishes = 4;  ///< of what it took
constexpr std::size_t credit = 10;

/// Subscribers of one durable subscription that follow each other, each on the next shard.
class Relay {
public:
    explicit Relay(House& house) : house_(house) {}

    /// Tries until the subscription is free.
    void come(std::size_t shard) {
        Shard& here = house_.gateway.shard(shard);
        here.post([this, shard, &here] {
            auto hold = house_.queues->durable().use("n", TopicFilter::parse("a").value(), Sharing::one_at_a_time, here);
            if (hold.has_error()) return come(shard);
            runners_.push_back(std::make_unique<Runner>(*this, *std::move(hold), shard));
            if (runners_.size() == 1) begun.set_value();
        });
    }

    std::promise<void> begun, over;
    bool is_in_order = true;
    int done = 0;

private:
    struct Runner final : QueueConsumer {
        Runner(Relay& all, DurableHold held, std::size_t at)
            : relay(all),
              hold(std::move(held)),
              shard(at),
              link(new ConsumerLink(all.house_.gateway.shard(at), 1'000'000 + all.runners_.size(), *this)) {
            hold.queue()->attach_in_turn(link, credit);
        }

        void take(QueueItem item) noexcept override {
            const std::string expected = std::to_string(relay.done + static_cast<int>(taken.size()));
            relay.is_in_order = relay.is_in_order && as_text(item.message->payload()) == expected;
            taken.push_back(std::move(item));
            if (taken.size() == takes || has_last()) link->shard.post([this] { leave(); });
        }

        void leave() {
            if (!link->consumer) return;
            const bool is_last = has_last();
            const bool is_over = is_last || !relay.is_in_order;
            if (!is_over) relay.come((shard + 1) % 3);
            link->consumer = nullptr;
            const auto queue = hold.queue();
            queue->detach(link->number);
            const auto middle = taken.begin() + static_cast<std::ptrdiff_t>(is_last ? taken.size() : finishes);
            relay.done += static_cast<int>(middle - taken.begin());
            queue->done({std::make_move_iterator(taken.begin()), std::make_move_iterator(middle)});
            queue->give_back({std::make_move_iterator(middle), std::make_move_iterator(taken.end())});
            hold.release();
            if (is_over) relay.over.set_value();
        }
        bool has_last() const { return relay.done + static_cast<int>(taken.size()) == message_count; }

        Relay& relay;
        DurableHold hold;
        const std::size_t shard;
        const Ref<ConsumerLink> link;
        std::vector<QueueItem> taken;
    };

    House& house_;
    std::vector<std::unique_ptr<Runner>> runners_;
};

}  // namespace

TEST_CASE("subscribers that follow each other on threads of their own have every message, in order") {
    House house({.queues = {.messages = message_count}}, 3);
    Relay relay(house);
    house.gateway.start();
    relay.come(0);
    REQUIRE(relay.begun.get_future().wait_for(30s) == std::future_status::ready);
    Shard& publisher = house.gateway.shard(1);
    for (int i = 0; i < message_count; ++i) {
        publisher.post([&publisher, i] {
            publisher.bus().publish(Message::create("a", as_bytes(std::to_string(i)), {}), {});
        });
    }
    CHECK(relay.over.get_future().wait_for(60s) == std::future_status::ready);
    house.gateway.stop();
    CHECK(relay.is_in_order);
    CHECK(relay.done == message_count);
}
