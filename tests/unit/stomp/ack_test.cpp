#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

void publish_three(House& house, std::string_view topic = "a") {
    for (const auto payload : {"1", "2", "3"}) house.publish(topic, payload);
}

std::string ack(const Frame& message) {
    return "ACK\nid:" + header(message, "ack");
}
std::string nack(const Frame& message) {
    return "NACK\nid:" + header(message, "ack");
}

}  // namespace

TEST_CASE("only where an ACK is wanted has a MESSAGE an ack header [1.2 MESSAGE]") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a")
        .send("SUBSCRIBE\nid:2\ndestination:b\nack:client");
    client.send("SUBSCRIBE\nid:3\ndestination:c\nack:client-individual");
    house.publish("a", "x");
    CHECK(header(client.receive_one(), "ack") == "(none)");
    house.publish("b", "x");
    CHECK(header(client.receive_one(), "ack") != "(none)");
    house.publish("c", "x");
    CHECK(header(client.receive_one(), "ack") != "(none)");
}

TEST_CASE("no more than the prefetch is sent before an ACK") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client-individual\nprefetch-count:2");
    publish_three(house);
    const auto first = client.receive();
    REQUIRE(first.size() == 2);
    client.send(ack(first[1]));
    CHECK(client.receive_bodies() == "3");
}

TEST_CASE("an ACK in mode client is for all messages before it too [1.2 SUBSCRIBE ack Header]") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client\nprefetch-count:3");
    publish_three(house);
    const auto first = client.receive();
    publish_three(house);
    CHECK(client.receive().empty());
    client.send(ack(first[2]));
    CHECK(client.receive_bodies() == "1,2,3");
}

TEST_CASE("an ACK in mode client-individual is for its message alone [1.2 SUBSCRIBE ack Header]") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client-individual\nprefetch-count:3");
    publish_three(house);
    const auto first = client.receive();
    publish_three(house);
    client.send(ack(first[2]));
    CHECK(client.receive_bodies() == "1");
    client.send(ack(first[0]));
    CHECK(client.receive_bodies() == "2");
}

TEST_CASE("a 1.1 client names a message by message-id and subscription [1.1 ACK]") {
    House house;
    Client client(house);
    client.connect("1.1").send("SUBSCRIBE\nid:s\ndestination:a\nack:client\nprefetch-count:1");
    publish_three(house);
    const Frame first = client.receive_one();
    CHECK(header(first, "ack") == "(none)");
    client.send("ACK\nsubscription:s\nmessage-id:" + header(first, "message-id"));
    const Frame second = client.receive_one();
    CHECK(second.body == "2");
    client.send("NACK\nsubscription:s\nmessage-id:" + header(second, "message-id"));
    CHECK(client.receive_bodies() == "3");
}

TEST_CASE("a 1.0 client names a message by message-id alone [1.0 ACK]") {
    House house;
    Client client(house);
    client.connect("1.0").send("SUBSCRIBE\ndestination:a\nack: client\nprefetch-count:1");
    publish_three(house);
    client.send("ACK\nmessage-id: " + header(client.receive_one(), "message-id"));
    CHECK(client.receive_bodies() == "2");
}

TEST_CASE("1.0 has no NACK") {
    House house;
    Client client(house);
    client.connect("1.0").send("NACK\nmessage-id:1");
    CHECK(client.was_refused());
}

TEST_CASE("an ACK that matches no message is an ERROR [1.2 ACK]") {
    for (const auto frame :
         {"ACK\nid:9-9-9", "ACK\nid:nonsense", "ACK\nmessage-id:1", "ACK", "NACK\nid:9-9-9", "ACK\nid:"}) {
        CAPTURE(frame);
        House house;
        Client client(house);
        client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client").send(frame);
        CHECK(client.receive_one().command == Command::error);
        CHECK(client.was_refused());
    }
}

TEST_CASE("a 1.1 ACK needs the right subscription [1.1 ACK]") {
    for (const auto subscription : {"", "subscription:other\n"}) {
        House house;
        Client client(house);
        client.connect("1.1").send("SUBSCRIBE\nid:s\ndestination:a\nack:client");
        house.publish("a", "x");
        client.send("ACK\n" + std::string(subscription) +
                    "message-id:" + header(client.receive_one(), "message-id"));
        CHECK(client.was_refused());
    }
}

TEST_CASE("a second ACK for the same message is an ERROR") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client-individual");
    house.publish("a", "x");
    const Frame message = client.receive_one();
    client.send(ack(message)).send(ack(message));
    CHECK(client.was_refused());
}

TEST_CASE("another connection's messages can't be acknowledged") {
    House house;
    Client client(house), thief(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client");
    house.publish("a", "x");
    thief.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client").send(ack(client.receive_one()));
    CHECK(thief.was_refused());
}

TEST_CASE("a NACK of a topic's message makes room for the next") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client\nprefetch-count:2");
    publish_three(house);
    const auto first = client.receive();
    client.send(nack(first[1]));
    CHECK(client.receive_bodies() == "3");
}

TEST_CASE("a subscription that is never acknowledged holds a bounded number and drops the rest") {
    House house({.held_messages = 2});
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client\nprefetch-count:1");
    publish_three(house);
    publish_three(house);
    CHECK(house.gateway.metrics().total("rialto_messages_dropped_total") == 3);
    client.send(ack(client.receive_one()));
    CHECK(client.receive_bodies() == "2");
}

TEST_CASE("a subscription that is never acknowledged holds a bounded number of octets") {
    House house({.backlog = 700});
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client\nprefetch-count:1");
    for (const char payload : {'1', '2', '3', '4'}) house.publish("a", std::string(400, payload));
    CHECK(house.gateway.metrics().total("rialto_messages_dropped_total") == 2);
    client.send(ack(client.receive_one()));
    CHECK(client.receive_one().body == std::string(400, '2'));
}

TEST_CASE("a message whose time is over while it waits for room is not sent") {
    House house;
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:a\nack:client\nprefetch-count:1");
    house.publish("a", "first");
    auto expired = std::make_unique<Properties>();
    expired->expires_at = wall_now() - std::chrono::seconds(1);
    house.publish("a", "late", {}, std::move(expired));
    house.publish("a", "last");
    client.send(ack(client.receive_one()));
    CHECK(client.receive_bodies() == "last");
}
