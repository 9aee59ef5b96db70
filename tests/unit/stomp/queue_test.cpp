#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

std::string ack(const Frame& message) {
    return "ACK\nid:" + header(message, "ack");
}
std::string nack(const Frame& message, std::string_view more = "") {
    return "NACK\nid:" + header(message, "ack") + std::string(more);
}

void send_to_queue(Client& client, std::initializer_list<std::string_view> bodies) {
    for (const std::string_view body : bodies)
        client.send("SEND\ndestination:/queue/q\n\n" + std::string(body));
}

}  // namespace

TEST_CASE("each message of a queue goes to one consumer") {
    House house;
    Client sender(house), one(house), two(house);
    one.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    two.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    sender.connect();
    send_to_queue(sender, {"1", "2", "3", "4"});
    CHECK(one.receive_bodies() == "1,3");
    CHECK(two.receive_bodies() == "2,4");
}

TEST_CASE("a queue's message says its destination as it was sent [1.2 MESSAGE]") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:/queue/q.r")
        .send("SEND\ndestination:/queue/q.r\n\nx");
    CHECK(header(client.receive_one(), "destination") == "/queue/q.r");
}

TEST_CASE("what is sent to a queue waits for its first consumer") {
    House house;
    Client sender(house), consumer(house);
    sender.connect();
    send_to_queue(sender, {"1", "2"});
    consumer.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    CHECK(consumer.receive_bodies() == "1,2");
}

TEST_CASE("a queue is a topic too: others may publish to it and read it") {
    House house;
    Client consumer(house), reader(house);
    consumer.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    reader.connect().send("SUBSCRIBE\nid:1\ndestination:/topic/q");
    house.publish("q", "x");
    CHECK(consumer.receive_bodies() == "x");
    CHECK(reader.receive_bodies() == "x");
}

TEST_CASE(
    "what a lost consumer did not acknowledge goes to another, marked as redelivered [1.2 SUBSCRIBE ack "
    "Header]") {
    House house;
    Client sender(house), lost(house), heir(house);
    lost.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual");
    sender.connect();
    send_to_queue(sender, {"1", "2", "3"});
    const auto got = lost.receive();
    REQUIRE(got.size() == 3);
    lost.send(ack(got[1]));
    lost.hang_up();
    heir.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    const auto again = heir.receive();
    REQUIRE(again.size() == 2);
    CHECK(again[0].body == "1");
    CHECK(again[1].body == "3");
    CHECK(header(again[0], "redelivered") == "true");
}

TEST_CASE("UNSUBSCRIBE gives unacknowledged messages to another consumer") {
    House house;
    Client sender(house), first(house), second(house);
    first.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client");
    sender.connect();
    send_to_queue(sender, {"1"});
    second.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client");
    first.send("UNSUBSCRIBE\nid:1");
    CHECK(second.receive_bodies() == "1");
}

TEST_CASE("a refused message goes to a consumer that has not refused it [1.2 NACK]") {
    House house;
    Client sender(house), first(house), second(house);
    first.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual");
    sender.connect();
    send_to_queue(sender, {"1"});
    first.send(nack(first.receive_one()));
    CHECK(first.receive().empty());
    second.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual");
    CHECK(second.receive_bodies() == "1");
}

TEST_CASE("a message that every consumer has refused holds up no other") {
    House house;
    Client sender(house), consumer(house);
    consumer.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual\nprefetch-count:1");
    sender.connect();
    send_to_queue(sender, {"poison", "2"});
    consumer.send(nack(consumer.receive_one()));
    CHECK(consumer.receive_bodies() == "2");
}

TEST_CASE("NACK in mode client is for all messages before it too [1.2 NACK]") {
    House house;
    Client sender(house), first(house), second(house);
    first.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client");
    sender.connect();
    send_to_queue(sender, {"1", "2", "3"});
    first.send(nack(first.receive().at(1)));
    second.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    CHECK(second.receive_bodies() == "1,2");
}

TEST_CASE("NACK with requeue:false is for good") {
    House house;
    Client sender(house), first(house), second(house);
    first.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual");
    sender.connect();
    send_to_queue(sender, {"1"});
    first.send(nack(first.receive_one(), "\nrequeue:false"));
    second.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    CHECK(second.receive().empty());
}

TEST_CASE("a consumer gets no more than its prefetch, others get the rest") {
    House house;
    Client sender(house), busy(house), free(house);
    busy.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual\nprefetch-count:1");
    free.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    sender.connect();
    send_to_queue(sender, {"1", "2", "3", "4"});
    CHECK(busy.receive_bodies() == "1");
    CHECK(free.receive_bodies() == "2,3,4");
}

TEST_CASE("messages that no consumer has room for wait, in order") {
    House house;
    Client sender(house), consumer(house);
    consumer.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client\nprefetch-count:2");
    sender.connect();
    send_to_queue(sender, {"1", "2", "3", "4"});
    auto frames = consumer.receive();
    REQUIRE(frames.size() == 2);
    consumer.send(ack(frames[1]));
    CHECK(consumer.receive_bodies() == "3,4");
}

TEST_CASE("a consumer in mode auto that doesn't read leaves messages in the queue") {
    House house({.prefetch = 2, .backlog = 100});
    Client sender(house), slow(house), other(house);
    slow.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    slow.wire.is_stuck = true;
    sender.connect();
    for (int i = 0; i < 10; ++i) send_to_queue(sender, {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"});
    other.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    const std::size_t left = other.receive().size();
    CHECK(left >= 6);
    CHECK(slow.wire.wants_to_hear());
    slow.read_again();
    CHECK(slow.receive().size() == 10 - left);
    other.hang_up();
    send_to_queue(sender, {"again"});
    CHECK(slow.receive_bodies() == "again");
}

TEST_CASE("a full queue lets its sources wait and drops what nobody waits for") {
    House house({.queues = {.messages = 2}});
    Client sender(house), consumer(house);
    sender.connect();
    send_to_queue(sender, {"1", "2", "dropped"});
    sender.send("SEND\ndestination:/queue/q\nreceipt:r\n\n3");
    CHECK(sender.receive().empty());
    consumer.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    CHECK(consumer.receive_bodies() == "1,2,3");
    CHECK(sender.receive_receipts() == "r");
    CHECK(house.gateway.metrics().total("rialto_messages_dropped_total") == 1);
}

TEST_CASE("all queues together hold a bounded number of octets") {
    House house({.queues = {.all_size = 1000}});
    Client sender(house), consumer(house);
    sender.connect().send("SEND\ndestination:/queue/one\n\n" + std::string(1000, 'x'));
    sender.send("SEND\ndestination:/queue/two\nreceipt:r\n\nwaits");
    CHECK(sender.receive().empty());
    consumer.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/three").send("SEND\ndestination:/queue/three\n\npasses");
    CHECK(consumer.receive_bodies() == "passes");
    consumer.send("SUBSCRIBE\nid:2\ndestination:/queue/two");
    CHECK(consumer.receive_bodies() == "waits");
    CHECK(sender.receive_receipts() == "r");
    consumer.send("SUBSCRIBE\nid:3\ndestination:/queue/one");
    sender.send("SEND\ndestination:/queue/four\nreceipt:s\n\nx");
    CHECK(sender.receive_receipts() == "s");
}

TEST_CASE("there is a bound of queues") {
    House house({.queues = 1});
    Client client(house);
    client.connect()
        .send("SEND\ndestination:/queue/a\n\nx")
        .send("SEND\ndestination:/queue/b\nreceipt:r\n\nx");
    CHECK(header(client.receive_one(), "receipt-id") == "r");
    CHECK(client.was_refused());
}

TEST_CASE("consumers on different shards share a queue, and inherit from each other") {
    House house({}, 3);
    Client sender(house, 0), lost(house, 1), heir(house, 2);
    lost.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client\nprefetch-count:10");
    sender.connect();
    send_to_queue(sender, {"1", "2", "3"});
    CHECK(lost.receive_bodies() == "1,2,3");
    heir.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    lost.hang_up();
    CHECK(heir.receive_bodies() == "1,2,3");
}

TEST_CASE("a wildcard queue takes what any matching topic gets") {
    House house;
    Client consumer(house);
    consumer.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/jobs.>");
    house.publish("jobs/print/1", "x");
    CHECK(header(consumer.receive_one(), "destination") == "/queue/jobs.print.1");
}

TEST_CASE("a message that expired while it waited is not given out") {
    House house;
    Client client(house);
    client.connect()
        .send("SEND\ndestination:/queue/q\nexpires:1\n\nold")
        .send("SEND\ndestination:/queue/q\n\nnew");
    client.send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    CHECK(client.receive_bodies() == "new");
}
