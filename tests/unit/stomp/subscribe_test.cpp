#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

TEST_CASE("each subscription gets its own MESSAGE, with its own id [1.2 SUBSCRIBE id Header]") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:one\ndestination:a").send("SUBSCRIBE\nid:two\ndestination:#");
    house.publish("a", "x");
    const auto frames = client.receive();
    REQUIRE(frames.size() == 2);
    CHECK(header(frames[0], "subscription") != header(frames[1], "subscription"));
    CHECK(header(frames[0], "message-id") != header(frames[1], "message-id"));
}

TEST_CASE("subscription ids are unique on a connection and free on another [1.2 SUBSCRIBE id Header]") {
    House house;
    Client client(house), other(house);
    other.connect().send("SUBSCRIBE\nid:1\ndestination:a");
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a").send("SUBSCRIBE\nid:1\ndestination:b\nreceipt:r");
    const Frame answer = client.receive_one();
    CHECK(answer.command == Command::error);
    CHECK(header(answer, "receipt-id") == "r");
    CHECK_FALSE(other.was_refused());
}

TEST_CASE("a SUBSCRIBE that can't be processed is answered with ERROR and the end [1.2 SUBSCRIBE]") {
    for (const auto frame :
         {"SUBSCRIBE\ndestination:a", "SUBSCRIBE\nid:1", "SUBSCRIBE\nid:1\ndestination:",
          "SUBSCRIBE\nid:1\ndestination:a/#/b", "SUBSCRIBE\nid:1\ndestination:/topic/a+b",
          "SUBSCRIBE\nid:1\ndestination:a\nack:sometimes", "SUBSCRIBE\nid:1\ndestination:a\nprefetch-count:x",
          "SUBSCRIBE\nid:1\ndestination:a\nprefetch-count:0"}) {
        CAPTURE(frame);
        House house;
        Client client(house);
        client.connect("1.1").send(frame);
        CHECK(client.receive_one().command == Command::error);
        CHECK(client.was_refused());
    }
}

TEST_CASE("a connection has a bound of subscriptions") {
    House house({.subscriptions = 1});
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a").send("SUBSCRIBE\nid:2\ndestination:b");
    CHECK(client.was_refused());
}

TEST_CASE("after UNSUBSCRIBE nothing comes any more [1.2 UNSUBSCRIBE]") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a").send("UNSUBSCRIBE\nid:1");
    house.publish("a", "x");
    CHECK(client.receive().empty());
}

TEST_CASE("UNSUBSCRIBE needs the id of a subscription [1.2 UNSUBSCRIBE]") {
    for (const auto frame : {"UNSUBSCRIBE\nid:2", "UNSUBSCRIBE\ndestination:a", "UNSUBSCRIBE"}) {
        House house;
        Client client(house);
        client.connect().send("SUBSCRIBE\nid:1\ndestination:a").send(frame);
        CHECK(client.was_refused());
    }
}

TEST_CASE("a 1.0 client may leave out the id and name the destination instead [1.0 SUBSCRIBE, UNSUBSCRIBE]") {
    House house;
    Client client(house);
    client.connect("1.0").send("SUBSCRIBE\ndestination: a\n\nthis body is ignored");
    house.publish("a", "x");
    const Frame message = client.receive_one();
    CHECK(header(message, "subscription") == "(none)");
    CHECK(header(message, "destination") == "a");
    client.send("UNSUBSCRIBE\ndestination:a");
    house.publish("a", "y");
    CHECK(client.receive().empty());
    CHECK_FALSE(client.was_refused());
}

TEST_CASE("a 1.0 client that gives an id is told it with each message [1.0 SUBSCRIBE]") {
    House house;
    Client client(house);
    client.connect("1.0").send("SUBSCRIBE\nid: 5 \ndestination:a");
    house.publish("a", "x");
    CHECK(header(client.receive_one(), "subscription") == "5");
}

TEST_CASE("the last value of a topic comes with the subscription, marked as retained") {
    House house;
    Client client(house);
    client.connect().send("SEND\ndestination:a/b\nretain:true\n\nlast");
    client.send("SUBSCRIBE\nid:1\ndestination:a/*\nreceipt:r");
    const auto frames = client.receive();
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].body == "last");
    CHECK(header(frames[0], "retain") == "true");
    CHECK(frames[1].command == Command::receipt);
}

TEST_CASE("an empty retained message clears the last value") {
    House house;
    Client client(house);
    client.connect()
        .send("SEND\ndestination:a\nretain:true\n\nlast")
        .send("SEND\ndestination:a\nretain:true");
    client.send("SUBSCRIBE\nid:1\ndestination:a");
    CHECK(client.receive().empty());
}

TEST_CASE("a live message is not marked as retained") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a").send("SEND\ndestination:a\nretain:true\n\nx");
    CHECK(header(client.receive_one(), "retain") == "(none)");
}

TEST_CASE("no-local keeps a client's own messages away from it") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a\nno-local:true")
        .send("SEND\ndestination:a\n\nmine");
    house.publish("a", "other");
    CHECK(client.receive_bodies() == "other");
}

TEST_CASE(
    "a client in mode auto that does not read loses messages, not the others theirs [1.2 SUBSCRIBE ack "
    "Header]") {
    House house({.backlog = 1000});
    Client slow(house), quick(house);
    slow.connect().send("SUBSCRIBE\nid:1\ndestination:a");
    quick.connect().send("SUBSCRIBE\nid:1\ndestination:a");
    slow.wire.is_stuck = true;
    for (int i = 0; i < 50; ++i) house.publish("a", std::string(100, 'x'));
    CHECK(quick.receive().size() == 50);
    CHECK(slow.wire.backlog() < 2000);
    CHECK(house.gateway.metrics().total("rialto_messages_dropped_total") > 0);
    slow.read_again();
    house.publish("a", "again");
    CHECK(slow.receive().back().body == "again");
}

TEST_CASE("all subscribers of a version share one encoding") {
    House house;
    Client one(house), two(house);
    one.connect().send("SUBSCRIBE\nid:1\ndestination:a");
    two.connect().send("SUBSCRIBE\nid:2\ndestination:/topic/a");
    house.publish("a", "x");
    const std::string first = one.wire.written, second = two.wire.written;
    CHECK(first.substr(first.find("content-length")) == second.substr(second.find("content-length")));
}

TEST_CASE("a large payload arrives whole") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a");
    const std::string large(100'000, 'L');
    house.publish("a", large);
    CHECK(client.receive_one().body == large);
}

TEST_CASE("a subscription on another shard gets the message too") {
    House house({}, 2);
    Client here(house, 0), there(house, 1);
    there.connect().send("SUBSCRIBE\nid:1\ndestination:a");
    here.connect().send("SEND\ndestination:a\n\nx");
    house.run();
    CHECK(there.receive_bodies() == "x");
}
