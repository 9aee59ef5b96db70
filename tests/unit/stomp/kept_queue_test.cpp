#include "tests/unit/stomp/kept_queues.hpp"

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

std::string nack(const Frame& message, std::string_view more = "") { return "NACK\nid:" + header(message, "ack") + std::string(more); }

constexpr std::string_view taking_all = "SUBSCRIBE\nid:1\ndestination:/queue/q";

/// Takes, and says nothing.
struct Forgetful final : QueueConsumer {
    void take(QueueItem) noexcept override { ++taken; }
    int taken = 0;
};

/// How many messages wait in memory.
std::size_t in_memory(House& house) { return (*house.queues->open("q", house.gateway.shard(0)))->in_memory(); }

void send_to_queue(Client& client, std::initializer_list<std::string_view> bodies) {
    for (const std::string_view body : bodies) client.send("SEND\ndestination:/queue/q\n\n" + std::string(body));
}

}  // namespace

TEST_CASE("what no consumer has acknowledged is there after a kill, in order, and nothing else") {
    Disk disk;
    std::unique_ptr<Disk> left;
    {
        House house(disk, {}, 3);
        Client sender(house, 0), consumer(house, 1);
        sender.connect();
        send_to_queue(sender, {"1", "2", "3", "4", "5", "6"});
        consumer.connect().send(std::string(taking_each) + "\nprefetch-count:4");
        const auto got = consumer.receive();
        REQUIRE(got.size() == 4);
        consumer.send(ack(got[1])).send(nack(got[2], "\nrequeue:false"));
        left = after_a_kill(disk);
    }
    House house(*left, {}, 2);
    CHECK(house.queues->count() == 1);
    Client consumer(house);
    consumer.connect().send(taking_each);
    const auto got = consumer.receive();
    REQUIRE(got.size() == 4);
    std::string bodies;
    for (const Frame& frame : got) bodies += frame.body;
    CHECK(bodies == "1456");
    CHECK(header(got[0], "redelivered") == "true");
    for (const Frame& frame : got) consumer.send(ack(frame));
    CHECK(keys_on(*left) == 0);
}

TEST_CASE("a message comes back from the disk with all that it had") {
    Disk disk;
    {
        House house(disk);
        Client sender(house);
        sender.connect().send("SEND\ndestination:/queue/q\ncontent-type:text/plain\ncolour:blue\npersistent:true\n\nx");
    }
    House house(disk);
    Client consumer(house);
    consumer.connect().send(taking_all);
    const Frame got = consumer.receive_one();
    CHECK(got.body == "x");
    CHECK(header(got, "content-type") == "text/plain");
    CHECK(header(got, "colour") == "blue");
    CHECK(header(got, "destination") == "/queue/q");
}

TEST_CASE("to drop a message says nothing about it: it is there after a restart") {
    Disk disk;
    {
        House house(disk);
        Forgetful consumer;
        const auto queue = *house.queues->open("q", house.gateway.shard(0));
        queue->attach(new ConsumerLink(house.gateway.shard(0), 1'000'001, consumer), 10);
        house.publish("q", "1");
        house.publish("q", "2");
        CHECK(consumer.taken == 2);
    }
    CHECK(keys_on(disk) == 2);
}

TEST_CASE("a queue with messages on disk is not forgotten; an empty one leaves nothing, and begins anew") {
    Disk disk;
    House house(disk, {.queues = {.idle_time = std::chrono::seconds(0)}});
    const auto run_for = [&](std::chrono::milliseconds time) {
        for (const Instant end = Clock::now() + time; Clock::now() < end && house.queues->count() != 0;) house.run();
    };
    Client sender(house), consumer(house), another(house);
    sender.connect();
    send_to_queue(sender, {"1"});
    run_for(std::chrono::milliseconds(200));
    CHECK(house.queues->count() == 1);
    consumer.connect().send(taking_all).send("UNSUBSCRIBE\nid:1");
    CHECK(consumer.receive_bodies() == "1");
    run_for(std::chrono::seconds(10));
    CHECK(house.queues->count() == 0);
    CHECK(keys_on(disk) == 0);
    send_to_queue(sender, {"2"});
    another.connect().send(taking_all);
    CHECK(another.receive_bodies() == "2");
}

TEST_CASE("a publisher hears of its message when it is on disk, and not before; a consumer need not wait") {
    Disk disk;
    House house(disk);
    Client sender(house), consumer(house);
    consumer.connect().send(taking_all);
    sender.connect();
    disk.hold();
    house.is_disk_held = true;
    sender.send("SEND\ndestination:/queue/q\nreceipt:r\n\n1");
    CHECK(consumer.receive_bodies() == "1");
    CHECK(sender.receive_receipts().empty());
    disk.let_go();
    house.is_disk_held = false;
    house.run();
    CHECK(sender.receive_receipts() == "r");
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("a transaction is confirmed when all of its messages are on disk") {
    Disk disk;
    House house(disk);
    Client sender(house);
    sender.connect().send("BEGIN\ntransaction:t");
    disk.hold();
    house.is_disk_held = true;
    sender.send("SEND\ndestination:/queue/a\ntransaction:t\n\n1").send("SEND\ndestination:/queue/b\ntransaction:t\n\n2");
    sender.send("COMMIT\ntransaction:t\nreceipt:r");
    CHECK(sender.receive_receipts().empty());
    disk.let_go();
    house.is_disk_held = false;
    house.run();
    CHECK(sender.receive_receipts() == "r");
    CHECK(keys_on(disk) == 2);
}

TEST_CASE("most of what waits is on disk alone, and comes in order") {
    Disk disk;
    std::unique_ptr<Disk> left;
    {
        House house(disk);
        Client sender(house);
        sender.connect();
        for (int i = 0; i < 300; ++i) send_to_queue(sender, {std::to_string(i)});
        CHECK(in_memory(house) == KeptQueue::most_in_memory);
        left = after_a_kill(disk);
    }
    House house(*left);
    CHECK(in_memory(house) == 0);
    Client consumer(house), sender(house);
    consumer.connect().send(std::string(taking_each) + "\nprefetch-count:10");
    sender.connect();
    for (int i = 300; i < 400; ++i) send_to_queue(sender, {std::to_string(i)});
    int expected = 0;
    for (auto got = consumer.receive(); !got.empty(); got = consumer.receive()) {
        CHECK(in_memory(house) <= KeptQueue::most_in_memory);
        for (const Frame& frame : got) {
            CHECK(frame.body == std::to_string(expected++));
            consumer.send(ack(frame));
        }
    }
    CHECK(expected == 400);
    CHECK(keys_on(*left) == 0);
}

TEST_CASE("few large messages are in memory too") {
    Disk disk;
    House house(disk);
    Client sender(house), consumer(house);
    sender.connect();
    const std::string large(100'000, 'x');
    for (int i = 0; i < 10; ++i) send_to_queue(sender, {large});
    CHECK(in_memory(house) == 3);
    consumer.connect().send(taking_all);
    CHECK(consumer.receive().size() == 10);
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("what is on disk counts against the limits after a kill as before") {
    Disk disk;
    const Limits limits{.queues = {.messages = 100}};
    {
        House house(disk, limits);
        Client sender(house);
        sender.connect();
        for (int i = 0; i < 101; ++i) send_to_queue(sender, {"x"});
        CHECK(house.gateway.metrics().total("rialto_messages_dropped_total") == 1);
    }
    CHECK(keys_on(disk) == 100);
    House house(disk, limits);
    Client sender(house), consumer(house);
    sender.connect();
    send_to_queue(sender, {"dropped"});
    sender.send("SEND\ndestination:/queue/q\nreceipt:r\n\nwaits");
    CHECK(keys_on(disk) == 101);
    CHECK(sender.receive_receipts().empty());
    consumer.connect().send(taking_all);
    CHECK(consumer.receive().size() == 101);
    CHECK(sender.receive_receipts() == "r");
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("what consumers refuse and the store has is not dropped: its sources wait for one that takes it") {
    Disk disk;
    House house(disk, {.queues = {.messages = 3}});
    Client sender(house), picky(house), eager(house);
    picky.connect().send(taking_each);
    sender.connect();
    for (int i = 0; i < 3; ++i) {
        sender.send("SEND\ndestination:/queue/q\nreceipt:r\n\n" + std::to_string(i));
        CHECK(sender.receive_receipts() == "r");
        picky.send(nack(picky.receive_one()));
    }
    sender.send("SEND\ndestination:/queue/q\nreceipt:late\n\n3");
    picky.send(nack(picky.receive_one()));
    CHECK(sender.receive_receipts().empty());
    eager.connect().send(taking_all);
    CHECK(eager.receive_bodies() == "0,1,2,3");
    CHECK(sender.receive_receipts() == "late");
    CHECK(house.gateway.metrics().total("rialto_messages_dropped_total") == 0);
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("a message that expired is erased when its turn comes") {
    Disk disk;
    {
        House house(disk);
        Client sender(house);
        sender.connect().send("SEND\ndestination:/queue/q\nexpires:1\n\nold").send("SEND\ndestination:/queue/q\n\nnew");
        CHECK(keys_on(disk) == 2);
    }
    House house(disk);
    Client consumer(house);
    consumer.connect().send(taking_all);
    CHECK(consumer.receive_bodies() == "new");
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("a queue that nobody looked for at the start has what it had") {
    Disk disk;
    {
        House house(disk);
        Client sender(house);
        sender.connect();
        send_to_queue(sender, {"1", "2"});
    }
    House house({}, 1, disk);
    Client client(house);
    client.connect();
    send_to_queue(client, {"3"});
    client.send(taking_all);
    CHECK(client.receive_bodies() == "1,2,3");
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("queues whose names begin alike, and wildcard queues, keep apart what they have") {
    Disk disk;
    {
        House house(disk);
        Client client(house);
        client.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/a/>\nack:client").send("UNSUBSCRIBE\nid:1");
        client.send("SEND\ndestination:/queue/a\n\n1").send("SEND\ndestination:/queue/a/b\n\n2").send("SEND\ndestination:/queue/a\n\n3");
    }
    House house(disk);
    CHECK(house.queues->count() == 3);
    Client one(house), two(house), all(house);
    one.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/a");
    two.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/a/b");
    all.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/a/>");
    CHECK(one.receive_bodies() == "1,3");
    CHECK(two.receive_bodies() == "2");
    CHECK(all.receive_bodies() == "1,2,3");
}

TEST_CASE("a damaged message of a queue is said at the start") {
    Disk disk;
    {
        House house(disk);
        Client sender(house);
        sender.connect();
        send_to_queue(sender, {"1"});
    }
    disk.keys.begin()->second = "\x01";
    House house({}, 1, disk);
    CHECK(house.queues->restore().has_error());
}
