#include "tests/unit/stomp/house.hpp"

#include <atomic>
#include <future>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;
using namespace std::chrono_literals;

namespace {

constexpr int message_count = 20'000;

/// Gives back every third message once, and keeps the others.
class Picky final : public QueueConsumer {
public:
    Picky(Queue& queue, Shard& shard, ClientNumber number, std::atomic<int>& kept,
          std::promise<void>& all_kept)
        : link(new ConsumerLink(shard, number, *this)), queue_(queue), kept_(kept), all_kept_(all_kept) {}

    void take(QueueItem item) noexcept override {
        if (!item.is_redelivered && ++seen_ % 3 == 0) {
            item.is_redelivered = true;
            std::vector<QueueItem> back;
            back.push_back(std::move(item));
            queue_.give_back(std::move(back));
        } else {
            queue_.done(item);
            if (kept_.fetch_add(1) + 1 == message_count) all_kept_.set_value();
        }
        queue_.grant(link->number, 1);
    }

    const Ref<ConsumerLink> link;

private:
    Queue& queue_;
    std::atomic<int>& kept_;
    std::promise<void>& all_kept_;
    int seen_ = 0;
};

}  // namespace

TEST_CASE("a queue and its consumers on threads of their own lose and double nothing") {
    House house({.queues = {.messages = message_count}}, 3);
    std::atomic<int> kept{0};
    std::promise<void> opened, all_kept;
    std::shared_ptr<Queue> queue;
    house.gateway.start();
    house.gateway.shard(0).post([&] {
        queue = *house.queues->open("q", house.gateway.shard(0));
        opened.set_value();
    });
    REQUIRE(opened.get_future().wait_for(30s) == std::future_status::ready);

    Picky here(*queue, house.gateway.shard(0), 1'000'001, kept, all_kept);
    Picky there(*queue, house.gateway.shard(1), 1'000'002, kept, all_kept);
    Picky elsewhere(*queue, house.gateway.shard(2), 1'000'003, kept, all_kept);
    for (Picky* consumer : {&here, &there, &elsewhere}) {
        consumer->link->shard.post([queue, consumer] { queue->attach(consumer->link, 10); });
    }
    for (int i = 0; i < message_count; ++i) {
        Shard& publisher = house.gateway.shard(static_cast<std::size_t>(i % 3));
        publisher.post(
            [&publisher] { publisher.bus().publish(Message::create("q", as_bytes("x"), {}), {}); });
    }
    CHECK(all_kept.get_future().wait_for(60s) == std::future_status::ready);
    house.gateway.stop();
    CHECK(kept == message_count);
}
