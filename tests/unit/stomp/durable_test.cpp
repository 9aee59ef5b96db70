#include "tests/unit/stomp/durable_subscriptions.hpp"

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

std::string error_of(Client& client) {
    for (const Frame& frame : client.receive()) {
        if (frame.command == Command::error) return header(frame, "message");
    }
    return "no error";
}

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what matches waits while the client is away, and comes in order when it is back, whatever the broker's words") {
    for (const Words& words : all_words) {
        CAPTURE(words.subscribe);
        House house({}, 3);
        subscribe_and_leave(house, words, 1);
        house.publish("a/1", "1");
        house.publish("b", "x");
        house.publish("a", "2", {.qos = Qos::at_least_once});
        Client client(house, 2);
        client.connect("1.2", words.connect).send(subscribe(words));
        CHECK(client.receive_bodies() == "1,2");
        house.publish("a/1", "3");
        CHECK(client.receive_bodies() == "3");
    }
}

TEST_CASE("every version has them; a MESSAGE names its topic as the subscription did") {
    for (const auto version : {"1.0", "1.1", "1.2"}) {
        House house;
        Client first(house), second(house);
        const auto frame = "SUBSCRIBE\nid:7\ndestination:/topic/a.*\ndurable-subscription-name:n\nreceipt:r";
        first.connect(version, is_c).send(frame);
        CHECK(first.receive_receipts() == "r");
        first.hang_up();
        house.publish("a/b", "1");
        second.connect(version, is_c).send(frame);
        const auto frames = second.receive();
        REQUIRE(frames.size() == 2);
        const Frame& message = frames[frames[0].command == Command::message ? 0 : 1];
        CHECK(message.body == "1");
        CHECK(header(message, "destination") == "/topic/a.b");
        CHECK(header(message, "subscription") == "7");
    }
}

TEST_CASE("what was not acknowledged comes again, first and in order; what was does not") {
    for (const std::string_view mode : {"client", "client-individual"}) {
        House house({}, 3);
        Client client(house, 1), again(house, 2);
        client.connect("1.2", is_c).send(subscribe_as_n("\nprefetch-count:3\nack:" + std::string(mode)));
        for (const auto body : {"1", "2", "3", "4", "5"}) house.publish("a", body);
        const auto got = client.receive();
        REQUIRE(got.size() == 3);
        client.send("ACK\nid:" + header(got[0], "ack"));
        client.hang_up();
        house.publish("a", "6");
        again.connect("1.2", is_c).send(subscribe_as_n("\nack:client"));
        const auto frames = again.receive();
        std::string bodies;
        for (const Frame& frame : frames) bodies += frame.body;
        CHECK(bodies == "23456");
        CHECK(header(frames.front(), "redelivered") == "true");
        CHECK(header(frames.back(), "redelivered") == "(none)");
    }
}

TEST_CASE("a plain UNSUBSCRIBE is the client's going; one in the broker's words ends the subscription and forgets what waits") {
    for (const Words& words : all_words) {
        CAPTURE(words.subscribe);
        House house;
        Client client(house);
        client.connect("1.2", words.connect).send(subscribe(words)).send("UNSUBSCRIBE\nid:1");
        house.publish("a", "1");
        CHECK(client.receive_bodies().empty());
        client.send(subscribe(words));
        CHECK(client.receive_bodies() == "1");
        house.publish("a", "2");
        client.send("UNSUBSCRIBE\nid:1" + std::string(words.unsubscribe) + "\nreceipt:r");
        CHECK(client.receive_receipts() == "r");
        CHECK(house.queues->durable().count() == 0);
        house.publish("a", "3");
        client.send(subscribe(words));
        CHECK(client.receive_bodies().empty());
        CHECK_FALSE(client.was_refused());
    }
}

TEST_CASE("a client that has no part of it ends it by the name, or by id and destination") {
    for (const Words& words : all_words) {
        CAPTURE(words.subscribe);
        House house;
        subscribe_and_leave(house, words);
        house.publish("a", "1");
        Client client(house);
        client.connect("1.1", words.connect);
        client.send("UNSUBSCRIBE\nid:1\ndestination:/topic/a.#\nreceipt:r" + std::string(words.unsubscribe));
        CHECK(client.receive_receipts() == "r");
        CHECK(bodies_for(house, words).empty());
    }
}

TEST_CASE("to end one that is not there, or that the frame does not say, is an error that tells") {
    for (const auto& [frame, part] : std::vector<std::pair<std::string, std::string>>{
             {"UNSUBSCRIBE\nid:1\ndurable-subscription-name:other", "no durable subscription 'stomp/c/other'"},
             {"UNSUBSCRIBE\nid:1\ndurable:true", "send its destination too"},
             {"UNSUBSCRIBE\nid:1", "no subscription '1'"}}) {
        House house;
        subscribe_and_leave(house);
        Client client(house);
        client.connect("1.2", is_c).send(frame);
        CHECK(mentions(error_of(client), part));
        CHECK(house.queues->durable().count() == 1);
    }
}

TEST_CASE("without a client-id the client is told to send one; the frame may have it too") {
    House house;
    Client without(house), late(house);
    without.connect().send(subscribe_as_n());
    CHECK(mentions(error_of(without), "send the header 'client-id' in CONNECT"));
    late.connect().send(subscribe_as_n(is_c));
    house.publish("a", "1");
    CHECK(late.receive_bodies() == "1");
    late.hang_up();
    house.publish("a", "2");
    CHECK(bodies_for(house) == "2");
}

TEST_CASE("a name must not be empty, and RabbitMQ's way needs an id") {
    House house;
    Client one(house), two(house);
    one.connect("1.2", is_c).send("SUBSCRIBE\nid:1\ndestination:a\nactivemq.subscriptionName:");
    CHECK(mentions(error_of(one), "must not be empty"));
    two.connect("1.0").send("SUBSCRIBE\ndestination:a\ndurable:true");
    CHECK(mentions(error_of(two), "send the header 'id'"));
}

TEST_CASE("names are each client's own, and no two names meet") {
    House house;
    const std::vector<std::pair<std::string, std::string>> pairs = {{"c", "n"}, {"d", "n"}, {"c/d", "n"}, {"c", "d/n"}, {"c%2Fd", "n"}};
    for (const auto& [client_id, name] : pairs) {
        Client client(house);
        client.connect("1.2", "\nclient-id:" + client_id).send("SUBSCRIBE\nid:1\ndestination:a\ndurable-subscription-name:" + name);
    }
    Client by_id(house), another(house);
    by_id.connect().send("SUBSCRIBE\nid:n\ndestination:a\ndurable:true");
    another.connect().send("SUBSCRIBE\nid:n\ndestination:a/+\ndurable:true");
    CHECK(house.queues->durable().count() == pairs.size() + 2);
}

TEST_CASE("one subscriber at a time, so that the order holds: a second one is told, and the first goes on") {
    House house({}, 2);
    Client first(house, 0), second(house, 1), third(house, 1);
    first.connect("1.2", is_c).send(subscribe_as_n());
    second.connect("1.2", is_c).send(subscribe_as_n());
    CHECK(mentions(error_of(second), "another subscriber is using the durable subscription 'stomp/c/n'"));
    third.connect("1.2", is_c).send("UNSUBSCRIBE\nid:1\ndurable-subscription-name:n");
    CHECK(mentions(error_of(third), "another subscriber is using"));
    house.publish("a", "1");
    CHECK(first.receive_bodies() == "1");
}

TEST_CASE("in RabbitMQ's words subscribers share: each message goes to one of them") {
    House house({}, 2);
    Client first(house, 0), second(house, 1);
    first.connect().send(subscribe(all_words[2]));
    second.connect().send(subscribe(all_words[2]));
    for (const auto body : {"1", "2", "3", "4"}) house.publish("a", body);
    CHECK(first.receive().size() == 2);
    CHECK(second.receive().size() == 2);
    first.send("UNSUBSCRIBE\nid:1\ndurable:true");
    CHECK(mentions(error_of(first), "another subscriber"));
    house.publish("a", "5");
    CHECK(second.receive_bodies() == "5");
}

TEST_CASE("who has said goodbye may come back at once, on any shard") {
    House house({}, 2);
    Client first(house, 0), second(house, 1);
    first.connect("1.2", is_c).send(subscribe_as_n()).send("DISCONNECT\nreceipt:bye");
    CHECK(first.receive_receipts() == "bye");
    second.connect("1.2", is_c).send(subscribe_as_n());
    CHECK_FALSE(second.was_refused());
}

TEST_CASE("who was refused something may come back at once, too, and what it had comes again") {
    House house({}, 2);
    Client first(house, 0), second(house, 1);
    first.connect("1.2", is_c).send(subscribe_as_n("\nack:client"));
    house.publish("a", "1");
    first.send("ACK\nid:nothing");
    CHECK(first.was_refused());
    second.connect("1.2", is_c).send(subscribe_as_n());
    CHECK(second.receive_bodies() == "1");
}

TEST_CASE("another destination under the name replaces the subscription; the same one written otherwise does not") {
    House house;
    subscribe_and_leave(house);
    house.publish("a/1", "1");
    Client same(house), other(house);
    same.connect("1.2", is_c).send("SUBSCRIBE\nid:1\ndestination:a/#\ndurable-subscription-name:n");
    CHECK(same.receive_bodies() == "1");
    same.send("UNSUBSCRIBE\nid:1");
    house.publish("a/1", "2");
    other.connect("1.2", is_c).send("SUBSCRIBE\nid:1\ndestination:/topic/b\ndurable-subscription-name:n");
    house.publish("a/1", "3");
    house.publish("b", "4");
    CHECK(other.receive_bodies() == "4");
    CHECK(house.queues->durable().count() == 1);
}

TEST_CASE("the last values of its topics are the first messages of a new one, and come once") {
    House house;
    house.publish("a/1", "last", {.retain = true});
    subscribe_and_leave(house);
    CHECK(bodies_for(house).empty());  // the client that left had it
    Client other(house);
    other.connect("1.2", "\nclient-id:d").send(subscribe_as_n());
    CHECK(other.receive_bodies() == "last");
}

TEST_CASE("what has expired meanwhile is not delivered") {
    House house;
    subscribe_and_leave(house);
    Properties over;
    over.expires_at = wall_now() - std::chrono::seconds(1);
    house.publish("a", "old", {}, std::make_unique<const Properties>(over));
    house.publish("a", "new");
    CHECK(bodies_for(house) == "new");
}

TEST_CASE("no-local keeps a client's own messages out of what is its alone") {
    House house;
    Client client(house), shared(house);
    client.connect("1.2", is_c).send(subscribe_as_n("\nno-local:true")).send("SEND\ndestination:a\n\nmine");
    house.publish("a", "another's");
    CHECK(client.receive_bodies() == "another's");
    shared.connect().send(subscribe(all_words[2], "\nno-local:true"));
    CHECK(mentions(error_of(shared), "no-local"));
}

TEST_CASE("a queue has no need of such words, and auto-delete:true takes them back") {
    House house;
    Client client(house);
    client.connect("1.2", is_c).send("SUBSCRIBE\nid:1\ndestination:/queue/q\ndurable:true\nactivemq.subscriptionName:n");
    client.send("SUBSCRIBE\nid:2\ndestination:/topic/a\ndurable:true\nauto-delete:true");
    CHECK_FALSE(client.was_refused());
    CHECK(house.queues->durable().count() == 0);
}

TEST_CASE("no name of a queue reaches it, and its messages are no queue's") {
    House house;
    subscribe_and_leave(house);
    house.publish("a", "1");
    Client client(house);
    client.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/a").send("SUBSCRIBE\nid:2\ndestination:/queue/stomp/c/n");
    client.send("SUBSCRIBE\nid:3\ndestination:/queue/durable/1");
    CHECK(client.receive_bodies().empty());
    CHECK(bodies_for(house) == "1");
}

TEST_CASE("when it is full its sources wait for a subscriber, and what nobody waits for is dropped") {
    House house({.queues = {.messages = 2}});
    subscribe_and_leave(house);
    Client sender(house);
    sender.connect();
    for (const auto id : {"1", "2", "3"}) sender.send("SEND\ndestination:a\nreceipt:" + std::string(id) + "\n\n" + id);
    CHECK(sender.receive_receipts() == "1,2");
    house.publish("a", "dropped");
    CHECK(house.gateway.metrics().total("rialto_messages_dropped_total") == 1);
    CHECK(bodies_for(house) == "1,2,3");
    CHECK(sender.receive_receipts() == "3");
}

TEST_CASE("sources that wait go on when the subscription ends") {
    House house({.queues = {.messages = 1}}, 2);
    subscribe_and_leave(house, all_words[0], 1);
    Client sender(house), client(house);
    sender.connect();
    for (const auto id : {"1", "2", "3"}) sender.send("SEND\ndestination:a\nreceipt:" + std::string(id) + "\n\n" + id);
    CHECK(sender.receive_receipts() == "1");
    client.connect("1.2", is_c).send("UNSUBSCRIBE\nid:1\ndurable-subscription-name:n\nreceipt:r");
    CHECK(client.receive_receipts() == "r");
    CHECK(sender.receive_receipts() == "2,3");
}

TEST_CASE("there is a bound of them") {
    House house({.queues = {.queues = 1}});
    subscribe_and_leave(house);
    Client client(house);
    client.connect("1.2", is_c).send("SUBSCRIBE\nid:2\ndestination:a\ndurable-subscription-name:m");
    CHECK(mentions(error_of(client), "there are 1 durable subscriptions already"));
}

TEST_CASE("an ordinary subscription beside it has each message too") {
    House house;
    Client client(house);
    client.connect("1.2", is_c).send(subscribe_as_n()).send("SUBSCRIBE\nid:2\ndestination:a");
    house.publish("a", "1");
    CHECK(client.receive().size() == 2);
}
