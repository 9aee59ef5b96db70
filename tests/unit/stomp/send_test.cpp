#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

TEST_CASE("a SEND reaches the subscribers of its destination as MESSAGE [1.2 SEND, MESSAGE]") {
    House house;
    Client sender(house), subscriber(house);
    sender.connect();
    subscriber.connect().send("SUBSCRIBE\nid:7\ndestination:/topic/a.b");
    sender.send("SEND\ndestination:/topic/a.b\ncontent-type:text/plain\n\nhello");
    const Frame message = subscriber.receive_one();
    CHECK(message.command == Command::message);
    CHECK(header(message, "destination") == "/topic/a.b");
    CHECK(header(message, "subscription") == "7");
    CHECK(header(message, "message-id") != "(none)");
    CHECK(header(message, "content-type") == "text/plain");
    CHECK(header(message, "content-length") == "5");
    CHECK(message.body == "hello");
}

TEST_CASE("one topic is reached by every way to write it, and comes back as the subscriber writes it") {
    House house;
    Client sender(house), dots(house), slashes(house), plain(house);
    dots.connect().send("SUBSCRIBE\nid:1\ndestination:/topic/a.*");
    slashes.connect().send("SUBSCRIBE\nid:1\ndestination:/topic/a/b");
    plain.connect().send("SUBSCRIBE\nid:1\ndestination:a/>");
    sender.connect().send("SEND\ndestination:/topic/a/b\n\nx");
    CHECK(header(dots.receive_one(), "destination") == "/topic/a.b");
    CHECK(header(slashes.receive_one(), "destination") == "/topic/a/b");
    CHECK(header(plain.receive_one(), "destination") == "a/b");
}

TEST_CASE("a body with NUL octets passes as it is [1.2 Header content-length]") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a")
        .send("SEND\ndestination:a\ncontent-length:5\n\na\0b\0c"sv);
    CHECK(client.receive_one().body == "a\0b\0c"sv);
}

TEST_CASE("the user's headers are passed through, in order and with their escapes [1.2 SEND]") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a")
        .send("SEND\ndestination:a\nfirst:a\\cb\\n\nsecond: \n\nx");
    const Frame message = client.receive_one();
    CHECK(header(message, "first") == "a:b\n");
    CHECK(header(message, "second") == " ");
}

TEST_CASE("of a repeated header the first is passed on [1.2 Repeated Header Entries]") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a")
        .send("SEND\ndestination:a\nfoo:World\nfoo:Hello\n\nx");
    CHECK(header(client.receive_one(), "foo") == "World");
}

TEST_CASE("credentials in a SEND are not shown to the subscribers") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a")
        .send("SEND\ndestination:a\nlogin:u\npasscode:secret\n\nx");
    const Frame message = client.receive_one();
    CHECK(header(message, "login") == "(none)");
    CHECK(header(message, "passcode") == "(none)");
}

TEST_CASE("a SEND that can't be processed is answered with ERROR and the end [1.2 SEND]") {
    for (const auto frame :
         {"SEND\nreceipt:5\n\nx", "SEND\ndestination:\nreceipt:5\n\nx",
          "SEND\ndestination:a/+\nreceipt:5\n\nx", "SEND\ndestination:/topic/a.>\nreceipt:5\n\nx",
          "SEND\ndestination:$SYS/x\nreceipt:5\n\nx",
          "SEND\ndestination:a\ntransaction:none\nreceipt:5\n\nx"}) {
        CAPTURE(frame);
        House house;
        Client client(house);
        client.connect().send(frame);
        const Frame answer = client.receive_one();
        CHECK(answer.command == Command::error);
        CHECK(header(answer, "receipt-id") == "5");
        CHECK(header(answer, "message") != "(none)");
        CHECK(header(answer, "content-type") == "text/plain");
        CHECK(client.was_refused());
    }
}

TEST_CASE("RECEIPT comes when every taker has the message, not before [1.2 RECEIPT]") {
    House house;
    HoldingTaker route(house, "a");
    Client client(house);
    client.connect().send("SEND\ndestination:a\nreceipt:r1\n\nx");
    CHECK(client.receive().empty());
    route.settle_all(Outcome::accepted);
    const Frame receipt = client.receive_one();
    CHECK(receipt.command == Command::receipt);
    CHECK(header(receipt, "receipt-id") == "r1");
}

TEST_CASE("a message that nobody takes over is confirmed at once") {
    House house;
    Client client(house);
    client.connect().send("SEND\ndestination:a\nreceipt:r1\n\nx");
    CHECK(client.receive_receipts() == "r1");
}

TEST_CASE(
    "a message that is refused where it goes, or lost on the way, is an ERROR with its receipt [1.2 SEND]") {
    for (const Outcome outcome : {Outcome::rejected, Outcome::released}) {
        House house;
        HoldingTaker route(house, "a");
        Client client(house);
        client.connect().send("SEND\ndestination:a\nreceipt:r1\n\nx");
        route.settle_all(outcome);
        const Frame answer = client.receive_one();
        CHECK(answer.command == Command::error);
        CHECK(header(answer, "receipt-id") == "r1");
        CHECK(client.was_refused());
    }
}

TEST_CASE("a client is not read while too many of its messages are unsettled") {
    House house({.unsettled = 4});
    HoldingTaker route(house, "a");
    Client client(house);
    client.connect();
    for (int i = 0; i < 6; ++i) client.send("SEND\ndestination:a\nreceipt:r\n\nx");
    CHECK(route.messages.size() == 4);
    CHECK(client.wire.is_paused);
    route.settle_all(Outcome::accepted);
    CHECK_FALSE(client.wire.is_paused);
    client.send_bytes("\n");
    CHECK(route.messages.size() == 6);
}

TEST_CASE("what settles after the connection is gone is nobody's business") {
    House house;
    HoldingTaker route(house, "a");
    Client client(house);
    client.connect().send("SEND\ndestination:a\nreceipt:r1\n\nx");
    client.hang_up();
    route.settle_all(Outcome::accepted);
    CHECK(client.receive().empty());
}

TEST_CASE("a SEND asks for at-least-once where it has a receipt or says persistent") {
    House house;
    HoldingTaker route(house, "a");
    Client client(house);
    client.connect().send("SEND\ndestination:a\n\nx").send("SEND\ndestination:a\nreceipt:1\n\nx");
    client.send("SEND\ndestination:a\npersistent:true\n\nx");
    REQUIRE(route.messages.size() == 3);
    CHECK(route.messages[0]->qos() == Qos::at_most_once);
    CHECK(route.messages[1]->qos() == Qos::at_least_once);
    CHECK(route.messages[2]->qos() == Qos::at_least_once);
}

TEST_CASE("any client frame but CONNECT may ask for a RECEIPT [1.2 Header receipt]") {
    House house;
    Client client(house);
    client.connect();
    client.send("SUBSCRIBE\nid:1\ndestination:a\nreceipt:a").send("BEGIN\ntransaction:t\nreceipt:b");
    client.send("ABORT\ntransaction:t\nreceipt:c")
        .send("UNSUBSCRIBE\nid:1\nreceipt:d")
        .send("BEGIN\ntransaction:u\nreceipt:e");
    client.send("COMMIT\ntransaction:u\nreceipt:f\\cg");
    CHECK(client.receive_receipts() == "a,b,c,d,e,f:g");
}

TEST_CASE("a frame over a limit gets an ERROR and the end [1.2 Size Limits]") {
    for (const auto bytes : {"SEND\ndestination:a\ncontent-length:99\n\n"sv, "SEND\na:1\nb:2\nc:3\nd:4\n"sv,
                             "SEND\ndestination:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"sv}) {
        House house({.frame = {.header_count = 3, .line_length = 40, .body_size = 50}});
        Client client(house);
        client.connect().send_bytes(std::string(bytes));
        CHECK(client.receive_one().command == Command::error);
        CHECK(client.was_refused());
    }
}

TEST_CASE("a header that is not UTF-8 is a protocol error [1.2 Value Encoding]") {
    House house;
    Client client(house);
    client.connect().send("SEND\ndestination:a\nname:\xff\n\nx");
    CHECK(client.receive_one().command == Command::error);
}
