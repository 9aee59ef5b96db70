#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

TEST_CASE("what is sent in a transaction is published by COMMIT, in order [1.2 BEGIN, COMMIT]") {
    House house;
    Client client(house), reader(house);
    reader.connect().send("SUBSCRIBE\nid:1\ndestination:#");
    client.connect().send("BEGIN\ntransaction:t");
    client.send("SEND\ndestination:a\ntransaction:t\n\n1").send("SEND\ndestination:b\ntransaction:t\n\n2");
    CHECK(reader.receive().empty());
    client.send("SEND\ndestination:a\n\noutside").send("COMMIT\ntransaction:t");
    CHECK(reader.receive_bodies() == "outside,1,2");
}

TEST_CASE("ABORT forgets what was sent [1.2 ABORT]") {
    House house;
    Client client(house), reader(house);
    reader.connect().send("SUBSCRIBE\nid:1\ndestination:#");
    client.connect()
        .send("BEGIN\ntransaction:t")
        .send("SEND\ndestination:a\ntransaction:t\n\n1")
        .send("ABORT\ntransaction:t");
    CHECK(reader.receive().empty());
    client.send("COMMIT\ntransaction:t");
    CHECK(client.was_refused());
}

TEST_CASE("an ACK in a transaction counts at COMMIT [1.2 ACK]") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a\nack:client\nprefetch-count:1")
        .send("BEGIN\ntransaction:t");
    house.publish("a", "1");
    house.publish("a", "2");
    client.send("ACK\nid:" + header(client.receive_one(), "ack") + "\ntransaction:t");
    CHECK(client.receive().empty());
    client.send("COMMIT\ntransaction:t");
    CHECK(client.receive_bodies() == "2");
}

TEST_CASE("an ACK in a transaction that is aborted never happened [1.2 ABORT]") {
    House house;
    Client client(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:a\nack:client\nprefetch-count:1")
        .send("BEGIN\ntransaction:t");
    house.publish("a", "1");
    house.publish("a", "2");
    const std::string id = header(client.receive_one(), "ack");
    client.send("ACK\nid:" + id + "\ntransaction:t").send("ABORT\ntransaction:t");
    CHECK(client.receive().empty());
    client.send("ACK\nid:" + id);
    CHECK(client.receive_bodies() == "2");
}

TEST_CASE("a NACK in a transaction counts at COMMIT [1.2 NACK]") {
    House house;
    Client client(house), other(house);
    client.connect()
        .send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual")
        .send("BEGIN\ntransaction:t");
    house.publish("q", "1");
    client.send("NACK\nid:" + header(client.receive_one(), "ack") + "\ntransaction:t");
    other.connect().send("SUBSCRIBE\nid:1\ndestination:/queue/q");
    CHECK(other.receive().empty());
    client.send("COMMIT\ntransaction:t");
    CHECK(other.receive_bodies() == "1");
}

TEST_CASE("COMMIT's RECEIPT comes when all messages of the transaction are taken") {
    House house;
    HoldingTaker route(house, "#");
    Client client(house);
    client.connect().send("BEGIN\ntransaction:t").send("SEND\ndestination:a\ntransaction:t\n\n1");
    client.send("SEND\ndestination:b\ntransaction:t\n\n2").send("COMMIT\ntransaction:t\nreceipt:c");
    CHECK(client.receive().empty());
    route.settle_all(Outcome::accepted);
    CHECK(client.receive_receipts() == "c");
}

TEST_CASE("a SEND in a transaction is confirmed as part of it") {
    House house;
    Client client(house);
    client.connect().send("BEGIN\ntransaction:t").send("SEND\ndestination:a\ntransaction:t\nreceipt:s\n\n1");
    CHECK(client.receive_receipts() == "s");
}

TEST_CASE("transactions are named, and each name is open once [1.2 BEGIN]") {
    for (const auto frame : {"BEGIN", "BEGIN\ntransaction:t", "COMMIT", "COMMIT\ntransaction:other", "ABORT",
                             "ABORT\ntransaction:other"}) {
        CAPTURE(frame);
        House house;
        Client client(house);
        client.connect().send("BEGIN\ntransaction:t").send(frame);
        CHECK(client.receive_one().command == Command::error);
        CHECK(client.was_refused());
    }
}

TEST_CASE("several transactions may be open, and a name is free again after its end") {
    House house;
    Client client(house), reader(house);
    reader.connect().send("SUBSCRIBE\nid:1\ndestination:#");
    client.connect().send("BEGIN\ntransaction:t").send("BEGIN\ntransaction:u");
    client.send("SEND\ndestination:a\ntransaction:t\n\nt").send("SEND\ndestination:a\ntransaction:u\n\nu");
    client.send("COMMIT\ntransaction:u").send("COMMIT\ntransaction:t").send("BEGIN\ntransaction:t");
    CHECK(reader.receive_bodies() == "u,t");
    CHECK_FALSE(client.was_refused());
}

TEST_CASE("DISCONNECT and a lost connection abort what is open [1.2 BEGIN]") {
    House house;
    Client client(house), other(house), reader(house);
    reader.connect().send("SUBSCRIBE\nid:1\ndestination:#");
    client.connect()
        .send("BEGIN\ntransaction:t")
        .send("SEND\ndestination:a\ntransaction:t\n\n1")
        .send("DISCONNECT");
    other.connect().send("BEGIN\ntransaction:t").send("SEND\ndestination:a\ntransaction:t\n\n1").hang_up();
    CHECK(reader.receive().empty());
}

TEST_CASE("transactions are bounded in number, in frames and in size") {
    const Limits limits{.transactions = 1, .transaction_frames = 2, .transaction_size = 1000};
    House house(limits);
    Client many(house), long_one(house), large(house);
    many.connect().send("BEGIN\ntransaction:a").send("BEGIN\ntransaction:b");
    CHECK(many.was_refused());
    long_one.connect().send("BEGIN\ntransaction:a");
    for (int i = 0; i < 3; ++i) long_one.send("SEND\ndestination:a\ntransaction:a\n\nx");
    CHECK(long_one.was_refused());
    large.connect()
        .send("BEGIN\ntransaction:a")
        .send("SEND\ndestination:a\ntransaction:a\n\n" + std::string(1000, 'x'));
    CHECK(large.was_refused());
}
