#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

TEST_CASE("DISCONNECT with a receipt is answered, then the connection ends [1.2 DISCONNECT]") {
    House house;
    Client client(house);
    client.connect().send("DISCONNECT\nreceipt:77");
    CHECK(client.receive_receipts() == "77");
    CHECK(client.wire.is_closed);
}

TEST_CASE("DISCONNECT without a receipt just ends the connection") {
    House house;
    Client client(house);
    client.connect().send("DISCONNECT");
    CHECK(client.receive().empty());
    CHECK(client.wire.is_closed);
}

TEST_CASE("the RECEIPT of DISCONNECT comes after those of all frames before it") {
    House house;
    HoldingTaker route(house, "a");
    Client client(house);
    client.connect()
        .send("SEND\ndestination:a\nreceipt:1\n\nx")
        .send("SEND\ndestination:a\nreceipt:2\n\nx")
        .send("DISCONNECT\nreceipt:77");
    CHECK(client.receive().empty());
    CHECK_FALSE(client.wire.is_closed);
    route.settle_all(Outcome::accepted);
    CHECK(client.receive_receipts() == "1,2,77");
    CHECK(client.wire.is_closed);
}

TEST_CASE("frames after DISCONNECT are not read [1.2 DISCONNECT]") {
    House house;
    Client client(house), reader(house);
    reader.connect().send("SUBSCRIBE\nid:1\ndestination:#");
    client.connect().send_bytes(std::string("DISCONNECT\n\n\0SEND\ndestination:a\n\nx\0"sv));
    CHECK(reader.receive().empty());
}

TEST_CASE("frames before DISCONNECT are processed, though the client is gone [1.2 RECEIPT]") {
    House house;
    Client client(house), reader(house);
    reader.connect().send("SUBSCRIBE\nid:1\ndestination:#");
    client.connect().send_bytes(std::string("SEND\ndestination:a\n\nx\0DISCONNECT\n\n\0"sv)).hang_up();
    CHECK(reader.receive_bodies() == "x");
}
