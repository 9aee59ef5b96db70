#include <doctest/doctest.h>

#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/house.hpp"

using namespace rialto;
using namespace rialto::amqp;
using namespace rialto::amqp::testing;

namespace {

std::string name_of_state(std::uint64_t state) { return pn_disposition_type_name(state); }

}  // namespace

TEST_CASE("a message is accepted once all that take it have it") {
    House house;
    Taker one(house, "room/#");
    Taker two(house, "room/a");
    Client client(house);
    pn_delivery_t* const sent = client.send(client.sender("room/a"), "hello");
    REQUIRE(one.messages.size() == 1);
    CHECK(as_text(one.messages[0]->payload()) == "hello");
    CHECK(one.messages[0]->topic() == "room/a");
    client.act([&] { one.receipts[0].settle(Outcome::accepted); });
    client.run();
    CHECK(Client::outcome(sent).empty());
    client.act([&] { two.receipts[0].settle(Outcome::accepted); });
    client.run();
    CHECK(Client::outcome(sent) == name_of_state(PN_ACCEPTED));
    CHECK(pn_delivery_settled(sent));
}

TEST_CASE("what a taker refuses is rejected, what it gives back is released") {
    House house;
    Taker taker(house, "t");
    Client client(house);
    pn_link_t* const link = client.sender("t");
    pn_delivery_t* const first = client.send(link, "1");
    pn_delivery_t* const second = client.send(link, "2");
    client.act([&] {
        taker.receipts[1].settle(Outcome::released);
        taker.receipts[0].settle(Outcome::rejected);
    });
    client.run();
    CHECK(Client::outcome(first) == name_of_state(PN_REJECTED));
    CHECK(Client::condition(first) == "amqp:precondition-failed");
    CHECK(Client::outcome(second) == name_of_state(PN_RELEASED));
}

TEST_CASE("a sender has so much credit, and gets more as messages are settled") {
    House house(ListenerLimits{.credit = 4});
    Taker taker(house, "t");
    Client client(house);
    pn_link_t* const link = client.sender("t");
    CHECK(pn_link_credit(link) == 4);
    for (int i = 0; i < 4; ++i) client.send(link, "x");
    CHECK(pn_link_credit(link) == 0);
    client.act([&] {
        for (Receipt& receipt : taker.receipts) receipt.settle(Outcome::accepted);
    });
    client.run();
    CHECK(pn_link_credit(link) >= 3);
}

TEST_CASE("what comes settled is at most once") {
    House house;
    Taker taker(house, "t");
    Client client(house);
    client.send(client.sender("t", true), "x", {}, true);
    REQUIRE(taker.messages.size() == 1);
    CHECK(taker.messages[0]->qos() == Qos::at_most_once);
    CHECK(taker.receipts[0].empty());
}

TEST_CASE("on the anonymous terminus each message says where it goes") {
    House house;
    Taker taker(house, "#");
    Client client(house);
    pn_link_t* const link = client.sender(nullptr);
    client.send(link, "1", "a/b");
    client.send(link, "2", "/topic/c");
    REQUIRE(taker.messages.size() == 2);
    CHECK(taker.messages[0]->topic() == "a/b");
    CHECK(taker.messages[1]->topic() == "c");
    CHECK(Client::condition(client.send(link, "3")) == "amqp:invalid-field");
    CHECK(Client::condition(client.send(link, "4", "$SYS/x")) == "amqp:not-allowed");
    client.send(link, "5", "a/#", true);
    CHECK(client.refusals == std::vector<std::string>{"amqp:invalid-field"});
}

TEST_CASE("no message is rejected, and the link lives on") {
    House house;
    Client client(house);
    pn_link_t* const link = client.sender("t");
    CHECK(Client::condition(client.send_octets(link, "no message")) == "amqp:decode-error");
    CHECK(Client::outcome(client.send(link, "sound")) == name_of_state(PN_ACCEPTED));
}

TEST_CASE("links to places that are none are refused with a condition") {
    House house(ListenerLimits{.links = 3});
    Client client(house);
    client.sender("a/#");
    client.sender("$SYS/x");
    client.receiver("a/#/b", 1);
    CHECK(client.refusals == std::vector<std::string>{"amqp:invalid-field", "amqp:not-allowed", "amqp:invalid-field"});
    client.refusals.clear();
    for (int i = 0; i < 4; ++i) client.receiver("a", 1);
    CHECK(client.refusals == std::vector<std::string>{"amqp:resource-limit-exceeded"});
}

TEST_CASE("a message over the limit ends the link") {
    House house(ListenerLimits{.message = 100});
    Client client(house);
    client.send(client.sender("t"), std::string(200, 'x'));
    CHECK(client.refusals == std::vector<std::string>{"amqp:link:message-size-exceeded"});
}

TEST_CASE("no more is sent than there is credit for, and the rest waits") {
    House house;
    Client client(house);
    pn_link_t* const link = client.receiver("room/+", 2);
    for (const char* payload : {"1", "2", "3"}) house.publish("room/a", payload);
    house.publish("other", "4");
    client.run();
    CHECK(client.payloads() == "1,2");
    client.give_credit(link, 5);
    const auto got = client.take();
    REQUIRE(got.size() == 1);
    CHECK(got[0].payload == "3");
    CHECK(got[0].to == "room/a");
    CHECK_FALSE(got[0].is_settled);
}

TEST_CASE("messages at most once come settled, and all do on a link that wants it so") {
    House house;
    Client client(house);
    client.receiver("a", 10);
    client.receiver("b", 10, true);
    house.publish("a", "1", {Qos::at_most_once});
    house.publish("a", "2", {Qos::at_least_once});
    house.publish("b", "3", {Qos::at_least_once});
    client.run();
    const auto got = client.take();
    REQUIRE(got.size() == 3);
    CHECK(got[0].is_settled);
    CHECK_FALSE(got[1].is_settled);
    CHECK(got[2].is_settled);
}

TEST_CASE("a retained message comes when a link is attached") {
    House house;
    Client client(house);
    house.publish("state/a", "on", {Qos::at_least_once, true});
    client.run();
    client.receiver("state/#", 10);
    CHECK(client.payloads() == "on");
}

TEST_CASE("a receiver that gives no credit loses what is too much, and nobody waits for it") {
    House house(ListenerLimits{.held_messages = 2});
    Client client(house);
    Taker other(house, "a");
    pn_link_t* const link = client.receiver("a", 0);
    for (const char* payload : {"1", "2", "3"}) house.publish("a", payload);
    client.run();
    CHECK(other.messages.size() == 3);
    client.give_credit(link, 10);
    CHECK(client.payloads() == "1,2");
}

TEST_CASE("drained credit is answered at once where nothing waits") {
    House house;
    Client client(house);
    pn_link_t* const link = client.receiver("a", 0);
    client.act([=] { pn_link_drain(link, 5); });
    client.run();
    CHECK(pn_link_credit(link) == 0);
    CHECK_FALSE(pn_link_draining(link));
}

TEST_CASE("a queue keeps messages for receivers to come, and gives each to one") {
    House house;
    Client sender(house);
    pn_link_t* const link = sender.sender("/queue/work");
    CHECK(Client::outcome(sender.send(link, "1")) == name_of_state(PN_ACCEPTED));
    sender.send(link, "2");
    Client one(house);
    Client two(house);
    one.receiver("queue://work", 1);
    two.receiver("/queue/work", 1);
    CHECK(one.payloads() == "1");
    CHECK(two.payloads() == "2");
}

TEST_CASE("what a client of a queue has not settled when it goes comes to another one") {
    House house;
    Client sender(house);
    auto one = std::make_unique<Client>(house);
    one->receiver("/queue/work", 10);
    sender.send(sender.sender("/queue/work"), "1");
    one->run();
    CHECK(one->payloads() == "1");
    one->hang_up();
    Client two(house);
    two.receiver("/queue/work", 10);
    two.run();
    const auto got = two.take();
    REQUIRE(got.size() == 1);
    CHECK(got[0].payload == "1");
    CHECK(got[0].delivery_count == 1);
    two.settle(got[0], PN_ACCEPTED);
    two.hang_up();
    Client three(house);
    three.receiver("/queue/work", 10);
    CHECK(three.payloads() == "");
}

TEST_CASE("what is released comes again, what is rejected never does") {
    House house;
    Client sender(house);
    Client client(house);
    client.receiver("/queue/work", 10);
    pn_link_t* const link = sender.sender("/queue/work");
    sender.send(link, "1");
    sender.send(link, "2");
    client.run();
    const auto got = client.take();
    REQUIRE(got.size() == 2);
    client.settle(got[0], PN_RELEASED);
    client.settle(got[1], PN_REJECTED);
    CHECK(client.payloads() == "1");
}

TEST_CASE("the source of a shared subscription waits until one member has settled") {
    House house;
    Client sender(house);
    Client one(house);
    one.receiver("$share/g/t", 10);
    pn_delivery_t* const sent = sender.send(sender.sender("t"), "1");
    one.run();
    CHECK(Client::outcome(sent).empty());
    one.settle(one.take().at(0), PN_ACCEPTED);
    sender.run();
    CHECK(Client::outcome(sent) == name_of_state(PN_ACCEPTED));
}

TEST_CASE("a dynamic source is a topic of its own, for replies") {
    House house;
    Client asking(house);
    pn_link_t* const inbox = asking.receiver(nullptr, 10);
    const std::string address = pn_terminus_get_address(pn_link_remote_source(inbox));
    CHECK(address.starts_with("rialto/reply/test/"));
    Client answering(house);
    answering.send(answering.sender(address.c_str()), "42");
    asking.run();
    CHECK(asking.payloads() == "42");
}

TEST_CASE("clients log in as they like while anonymous ones are welcome") {
    House house;
    CHECK(Client(house).is_open());
    CHECK(Client(house, {"host", "ANONYMOUS", "", ""}).is_open());
    CHECK(Client(house, {"host", "PLAIN", "user", "secret"}).is_open());
    CHECK(Client(house, {"host", "EXTERNAL", "", ""}, "a certificate's name").is_open());
}

TEST_CASE("and are sent away otherwise") {
    House house({}, false);
    Client plain(house, {"host", "PLAIN", "user", "secret"});
    CHECK_FALSE(plain.is_open());
    CHECK(plain.was_sent_away());
    Client bare(house);
    CHECK_FALSE(bare.is_open());
    CHECK(bare.was_sent_away());
}

TEST_CASE("a malformed transfer ends that connection and no other [PROTON-2853]") {
    House house;
    Client other(house);
    Client evil(house);
    evil.say(frame(0, attach_performative(0)) + frame(0, transfer_without_id(0, true), "hello"));
    CHECK(evil.was_sent_away());
    CHECK_FALSE(other.was_sent_away());
    CHECK(Client::outcome(other.send(other.sender("t"), "x")) == name_of_state(PN_ACCEPTED));
}

TEST_CASE("a message that comes in many frames is one message") {
    House house(ListenerLimits{.frame = 600});
    Taker taker(house, "t");
    Client client(house);
    const std::string payload(100'000, 'x');
    for (int i = 0; i < 3; ++i) client.send(client.sender("t"), payload);
    for (int i = 0; i < 30; ++i) client.run();
    REQUIRE(taker.messages.size() == 3);
    CHECK(as_text(taker.messages[2]->payload()) == payload);
}

TEST_CASE("a gateway that stops says so") {
    House house;
    Client client(house);
    client.act([&] { client.stop_server(); });
    client.run();
    CHECK(client.was_sent_away());
    client.hang_up();
    CHECK(client.trouble().starts_with("amqp:connection:forced"));
}
