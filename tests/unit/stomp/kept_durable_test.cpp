#include "tests/unit/stomp/durable_subscriptions.hpp"
#include "tests/unit/stomp/kept_queues.hpp"

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

TEST_CASE("a durable subscription, what waits for it and what is not acknowledged are there after a kill, in order") {
    for (const Words& words : all_words) {
        CAPTURE(words.subscribe);
        Disk disk;
        std::unique_ptr<Disk> left;
        {
            House house(disk, {}, 3);
            Client client(house, 1);
            client.connect("1.2", words.connect).send(subscribe(words, "\nack:client-individual\nprefetch-count:4"));
            for (const auto body : {"1", "2", "3", "4", "5"}) house.publish("a/b", body);
            const auto got = client.receive();
            REQUIRE(got.size() == 4);
            client.send(ack(got[1])).send("NACK\nid:" + header(got[2], "ack") + "\nrequeue:false");
            left = after_a_kill(disk);
        }
        House house(*left, {}, 2);
        house.publish("a/b", "6");  // the first thing that happens
        CHECK(house.queues->durable().count() == 1);
        Client client(house);
        client.connect("1.2", words.connect).send(subscribe(words, "\nack:client"));
        const auto got = client.receive();
        std::string bodies;
        for (const Frame& frame : got) bodies += frame.body;
        CHECK(bodies == "1456");
        CHECK(header(got.front(), "redelivered") == "true");
        client.send(ack(got.back()));
        CHECK(keys_on(*left) == 1);
        client.send("UNSUBSCRIBE\nid:1" + std::string(words.unsubscribe));
        CHECK(keys_on(*left) == 0);
    }
}

TEST_CASE("RECEIPT of SUBSCRIBE and UNSUBSCRIBE says that the disk has it") {
    Disk disk;
    House house(disk, {}, 2);
    Client client(house), other(house, 1);
    client.connect("1.2", is_c);
    const auto while_held = [&](Client& who, const std::string& frame) {
        disk.hold();
        house.is_disk_held = true;
        who.send(frame);
        CHECK(who.receive_receipts().empty());
        disk.let_go();
        house.is_disk_held = false;
        house.run();
        CHECK(who.receive_receipts() == "r");
    };
    while_held(client, subscribe_as_n("\nreceipt:r"));
    CHECK(keys_on(disk) == 1);
    client.send("DISCONNECT");
    other.connect("1.2", is_c).send(subscribe_as_n("\nreceipt:r"));
    CHECK(other.receive_receipts() == "r");
    while_held(other, "UNSUBSCRIBE\nid:1\ndurable-subscription-name:n\nreceipt:r");
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("a publisher hears of its message when it is on disk for the subscription, and not before") {
    Disk disk;
    House house(disk);
    subscribe_and_leave(house);
    Client sender(house);
    sender.connect();
    disk.hold();
    house.is_disk_held = true;
    sender.send("SEND\ndestination:a\nreceipt:r\n\n1");
    CHECK(sender.receive_receipts().empty());
    const auto left = after_a_kill(disk);
    disk.let_go();
    house.is_disk_held = false;
    house.run();
    CHECK(sender.receive_receipts() == "r");
    CHECK(keys_on(disk) == 2);
}

TEST_CASE("a long absence costs disk and not memory, and all of it comes in order") {
    Disk disk;
    {
        House house(disk);
        subscribe_and_leave(house);
        for (int i = 0; i < 300; ++i) house.publish("a", std::to_string(i));
    }
    House house(disk);
    Client client(house);
    client.connect("1.2", is_c).send(subscribe_as_n());
    int expected = 0;
    for (const Frame& frame : client.receive()) CHECK(frame.body == std::to_string(expected++));
    CHECK(expected == 300);
    CHECK(keys_on(disk) == 1);
}

TEST_CASE("one that was replaced when the gateway was killed is not there twice: the later one counts") {
    Disk disk;
    House house(disk);
    subscribe_and_leave(house);
    house.publish("a/1", "old");
    const auto before = after_a_kill(disk);
    {
        Client other(house);
        other.connect("1.2", is_c).send("SUBSCRIBE\nid:1\ndestination:/topic/b\ndurable-subscription-name:n");
    }
    house.publish("b", "new");
    const auto between = after_a_kill(disk);
    between->keys.merge(before->keys);  // as if nothing had been erased yet
    CHECK(keys_on(*between) == 4);
    House next(*between);
    CHECK(next.queues->durable().count() == 1);
    next.publish("a/1", "not any more");
    Client client(next);
    client.connect("1.2", is_c).send("SUBSCRIBE\nid:1\ndestination:/topic/b\ndurable-subscription-name:n");
    CHECK(client.receive_bodies() == "new");
    CHECK(keys_on(*between) == 1);
}

TEST_CASE("one that ended does not come back, and a new one of the name begins empty") {
    Disk disk;
    {
        House house(disk);
        subscribe_and_leave(house);
        house.publish("a", "1");
        Client client(house);
        client.connect("1.2", is_c).send("UNSUBSCRIBE\nid:1\ndurable-subscription-name:n");
        CHECK(keys_on(disk) == 0);
        client.send(subscribe_as_n()).send("UNSUBSCRIBE\nid:1");
        house.publish("a", "2");
    }
    House house(disk);
    CHECK(bodies_for(house) == "2");
}

TEST_CASE("what was stored and not looked for at the start comes back with the first that is used") {
    Disk disk;
    {
        House house(disk);
        subscribe_and_leave(house);
        house.publish("a", "1");
    }
    House house({}, 1, disk);
    Client other(house);
    other.connect("1.2", "\nclient-id:d").send(subscribe_as_n());
    house.publish("a", "2");
    CHECK(other.receive_bodies() == "2");
    CHECK(bodies_for(house) == "1,2");
}

TEST_CASE("a damaged durable subscription is said at the start") {
    Disk disk;
    {
        House house(disk);
        subscribe_and_leave(house);
    }
    for (const std::string damage : {"", "\x01", "\x01#x", "\x02#a"}) {
        disk.keys.begin()->second = damage;
        House house({}, 1, disk);
        CHECK(house.queues->restore().has_error());
    }
}
