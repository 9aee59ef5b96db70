#include "tests/unit/stomp/kept_queues.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

/// What is killed: a queue, or a durable subscription.
struct Kept {
    std::string destination;
    std::string client;   ///< more lines of CONNECT
    std::string subscribe;
    std::size_t keys;  ///< that are on disk where nothing waits
};

/// A publisher with its own memory: what was not confirmed goes again.
struct Producer {
    void connect(House& house) {
        client.emplace(house).connect();
        repeated.insert(waiting.begin(), waiting.end());
        for (const int number : std::set<int>(waiting)) send(number);
    }
    void publish() {
        waiting.insert(next);
        send(next++);
    }
    void send(int number) {
        client->send("SEND\ndestination:" + destination + "\nreceipt:" + std::to_string(number) + "\n\n" + std::to_string(number));
        listen();
    }
    void listen() {
        for (const Frame& frame : client->receive()) {
            if (frame.command != Command::receipt) continue;
            const int number = std::stoi(header(frame, "receipt-id"));
            if (waiting.erase(number) != 0) confirmed.insert(number);
        }
    }

    const std::string destination;
    std::optional<Client> client{};
    std::set<int> waiting{};
    std::set<int> confirmed{};
    std::set<int> repeated{};
    int next = 0;
};

/// Acknowledges what it likes.
struct Consumer {
    void connect(House& house) {
        client.emplace(house).connect("1.2", kept.client).send(kept.subscribe + "\nack:client-individual\nprefetch-count:200");
        unanswered.clear();
    }
    void listen(const std::set<int>& repeated) {
        for (Frame& frame : client->receive()) {
            CHECK(frame.command != Command::error);
            if (frame.command != Command::message) continue;
            const int number = std::stoi(frame.body);
            CHECK_FALSE((finished.contains(number) && !repeated.contains(number)));
            if (seen.insert(number).second) first_times.push_back(number);
            unanswered.push_back(std::move(frame));
        }
    }
    /// @param sure  whether the disk will have it
    void answer(const Frame& frame, std::set<int>& sure) {
        client->send(ack(frame));
        sure.insert(std::stoi(frame.body));
    }

    const Kept& kept;
    std::optional<Client> client{};
    std::vector<Frame> unanswered{};
    std::set<int> seen{};
    std::set<int> finished{};  ///< acknowledged, and the disk has that
    std::set<int> unsure{};
    std::vector<int> first_times{};
};

void survive_a_hundred_kills(const Kept& kept) {
    std::mt19937 random(7);
    const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
    auto disk = std::make_unique<Disk>();
    Producer producer{kept.destination};
    Consumer consumer{kept};
    const Limits limits{.queues = {.messages = 200}};
    for (int round = 0; round <= 100; ++round) {
        std::unique_ptr<Disk> left;
        {
            House house(*disk, limits, 1 + below(2));
            if (round == 0) consumer.connect(house);  // a durable subscription begins here
            producer.connect(house);
            for (unsigned step = 5 + below(10); step != 0 && round < 100; --step) {
                if (!house.is_disk_held && below(12) == 0) {
                    disk->hold();
                    house.is_disk_held = true;
                }
                for (unsigned burst = below(30) == 0 ? 30 + below(100) : below(2); burst != 0; --burst) producer.publish();
                if (!consumer.client && below(3) == 0) consumer.connect(house);
                if (!consumer.client) continue;
                consumer.listen(producer.repeated);
                for (const Frame& frame : std::exchange(consumer.unanswered, {})) {
                    if (below(3) != 0)
                        consumer.answer(frame, house.is_disk_held ? consumer.unsure : consumer.finished);
                    else
                        consumer.unanswered.push_back(frame);
                }
                producer.listen();
                if (below(10) == 0) consumer.client.reset();
            }
            if (round == 100) {  // the end: everything is taken
                consumer.connect(house);
                for (consumer.listen(producer.repeated); !consumer.unanswered.empty(); consumer.listen(producer.repeated)) {
                    for (const Frame& frame : std::exchange(consumer.unanswered, {})) consumer.answer(frame, consumer.unsure);
                }
                producer.listen();
                CHECK(producer.waiting.empty());
                CHECK(keys_on(*disk) == kept.keys);
            }
            left = after_a_kill(*disk);
            disk->let_go();
            house.is_disk_held = false;
            producer.client.reset();
            consumer.client.reset();
        }
        disk = std::move(left);
    }
    for (const int number : producer.confirmed) CHECK(consumer.seen.contains(number));
    CHECK(std::is_sorted(consumer.first_times.begin(), consumer.first_times.end()));
    CHECK(producer.confirmed.size() > 1000);
    MESSAGE(producer.confirmed.size() << " confirmed, " << consumer.finished.size() << " acknowledged for sure");
}

}  // namespace

TEST_CASE("through a hundred kills a queue loses nothing confirmed, repeats nothing acknowledged, and keeps the order") {
    survive_a_hundred_kills({"/queue/q", "", "SUBSCRIBE\nid:1\ndestination:/queue/q", 0});
}

TEST_CASE("a durable subscription does as well") {
    survive_a_hundred_kills(
        {"/topic/a/b", "\nclient-id:c", "SUBSCRIBE\nid:1\ndestination:/topic/a/#\ndurable-subscription-name:n", 1});
}
