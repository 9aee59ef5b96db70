#include "tests/unit/stomp_backend/scripted_broker.hpp"

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(Stand, "a message is acknowledged when it is settled, by its ack header [STOMP 1.2 ACK]") {
    REQUIRE(open_source());
    broker.message(1, "a/b", "hello");
    REQUIRE(has_read(1));
    CHECK(reading.texts == Texts{"a/b=hello"});
    settle_down();
    CHECK(broker.count(Command::ack) == 0);
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(Command::ack, 1));
    CHECK(values(Command::ack, "id") == Texts{"a1"});
}

TEST_CASE_FIXTURE(Stand, "in 1.1 an ACK names message and subscription") {
    broker.answer_to_connect = "CONNECTED\nversion:1.1\n\n";
    REQUIRE(open_source());
    broker.message(1, "a");
    REQUIRE(has_read(1));
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(Command::ack, 1));
    CHECK(values(Command::ack, "message-id") == Texts{"m1"});
    CHECK(values(Command::ack, "subscription") == Texts{"0"});
}

TEST_CASE_FIXTURE(Stand, "in 1.0 messages are acknowledged in the order of arrival") {
    broker.answer_to_connect = "CONNECTED\n\n";
    REQUIRE(open_source());
    CHECK(values(Command::subscribe, "ack") == Texts{"client"});
    for (int number : {1, 2}) broker.message(number, "a");
    REQUIRE(has_read(2));
    reading.receipts[1].settle(Outcome::accepted);
    settle_down();
    CHECK(broker.count(Command::ack) == 0);
    reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(has(Command::ack, 2));
    CHECK(values(Command::ack, "message-id") == Texts{"m1", "m2"});
}

TEST_CASE("a refused message is given up in the broker's way") {
    for (const auto& [dialect, destination, command, requeue] :
         {std::tuple{"rabbitmq", "/topic/a", Command::nack, "false"}, std::tuple{"activemq", "/topic/a", Command::nack, "(none)"},
          std::tuple{"artemis", "a", Command::ack, "(none)"}, std::tuple{"generic", "a", Command::ack, "(none)"}}) {
        CAPTURE(dialect);
        Stand stand(dialect);
        REQUIRE(stand.open_source());
        stand.broker.message(1, destination);
        REQUIRE(stand.has_read(1));
        stand.reading.receipts[0].settle(Outcome::rejected);
        REQUIRE(stand.has(command, 1));
        CHECK(stand.values(command, "requeue") == Texts{requeue});
    }
}

TEST_CASE_FIXTURE(Stand, "a released message is not answered, and after a while the broker is asked again") {
    settings.redeliver_after = 50ms;
    REQUIRE(open_source());
    broker.message(1, "a");
    REQUIRE(has_read(1));
    reading.receipts[0].settle(Outcome::released);
    REQUIRE(until([&] { return !reading.losses.empty(); }));
    CHECK(broker.count(Command::ack) + broker.count(Command::nack) == 0);
}

TEST_CASE_FIXTURE(Stand, "a receipt of an earlier connection says nothing on this one") {
    REQUIRE(open_source());
    broker.message(1, "a");
    REQUIRE(has_read(1));
    broker.hang_up();
    REQUIRE(until([&] { return !reading.losses.empty(); }));
    REQUIRE(run(source->open(reading)));
    source->grant(10);
    broker.message(2, "a");
    REQUIRE(has_read(2));
    reading.receipts[0].settle(Outcome::accepted);
    settle_down();
    CHECK(broker.count(Command::ack) == 0);
}

TEST_CASE_FIXTURE(Stand, "a message that no pattern asks for, or that is no topic, is answered and dropped") {
    REQUIRE(open_source({"a/+"}));
    broker.message(1, "b/c");
    broker.message(2, "a/+");
    REQUIRE(has(Command::ack, 2));
    CHECK(reading.texts.empty());
}

TEST_CASE("copies by overlapping subscriptions are one message, and all are acknowledged") {
    Stand stand("artemis");
    REQUIRE(stand.open_source({"a/+", "+/b"}));
    const auto copy = [&](int number, int subscription) {
        stand.broker.send("MESSAGE\nsubscription:" + std::to_string(subscription) + "\nmessage-id:" + std::to_string(subscription) +
                          ",77\nack:a" + std::to_string(number) + "\ndestination:a.b\n\nx");
    };
    copy(1, 0);
    copy(2, 1);
    REQUIRE(stand.has_read(1));
    stand.settle_down();
    CHECK(stand.reading.texts == Texts{"a/b=x"});
    stand.reading.receipts[0].settle(Outcome::accepted);
    REQUIRE(stand.has(Command::ack, 2));
    CHECK(stand.values(Command::ack, "id") == Texts{"a1", "a2"});
}

TEST_CASE_FIXTURE(Stand, "a broker that knows no prefetch is not read while enough messages wait for credit") {
    settings.prefetch = 3;
    REQUIRE(open_source({"#"}, 0));
    for (int number = 1; number <= 5'000; ++number) broker.message(number, "a", std::string(1'000, 'x'));
    settle_down();
    source->grant(5'000);
    REQUIRE(has_read(5'000));
    CHECK(reading.texts.back().starts_with("a=x"));
}

TEST_CASE_FIXTURE(Stand, "an ERROR ends the connection with the broker's words") {
    REQUIRE(open_source());
    broker.send("ERROR\nmessage:queue deleted\n\n");
    REQUIRE(until([&] { return !reading.losses.empty(); }));
    CHECK(reading.losses[0].message.find("queue deleted") != std::string::npos);
    CHECK(reading.losses.size() == 1);
}

TEST_CASE_FIXTURE(Stand, "another source takes back what the one before had asked for") {
    settings.addresses = Addresses(*dialect_of("activemq"));
    REQUIRE(open_source({"a", "b"}));
    close(*source);
    REQUIRE(open_source({"b", "c"}));
    CHECK(values(Command::unsubscribe, "activemq.subscriptionName") == Texts{"us/a"});
    CHECK(broker.count(Command::subscribe) == 4);
}
