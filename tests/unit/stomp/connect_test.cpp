#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

/// The answer to the first frame of a client.
Frame answer_to_first(std::string_view frame) {
    House house;
    Client client(house);
    client.send(frame);
    return client.receive_one();
}

}  // namespace

TEST_CASE("CONNECT is answered with CONNECTED and the version [1.2 Connecting]") {
    const Frame answer = answer_to_first("CONNECT\naccept-version:1.2\nhost:stomp.example");
    CHECK(answer.command == Command::connected);
    CHECK(header(answer, "version") == "1.2");
    CHECK(header(answer, "session").starts_with("test-"));
    CHECK(header(answer, "server").starts_with("rialto"));
}

TEST_CASE("a STOMP frame is handled in the same manner as CONNECT [1.2 CONNECT or STOMP Frame]") {
    CHECK(answer_to_first("STOMP\naccept-version:1.2\nhost:h").command == Command::connected);
}

TEST_CASE("the highest version that both have in common is chosen [1.2 Protocol Negotiation]") {
    CHECK(header(answer_to_first("CONNECT\naccept-version:1.0,1.1,2.0\nhost:h"), "version") == "1.1");
    CHECK(header(answer_to_first("CONNECT\naccept-version:1.2,1.0\nhost:h"), "version") == "1.2");
    CHECK(header(answer_to_first("CONNECT\naccept-version:1.0, 1.1\nhost:h"), "version") == "1.1");
}

TEST_CASE("a client that names no version means 1.0 [1.2 Protocol Negotiation]") {
    const Frame answer = answer_to_first("CONNECT\nlogin: u\npasscode:p");
    CHECK(answer.command == Command::connected);
    CHECK(header(answer, "version") == "1.0");
}

TEST_CASE(
    "without a common version the answer is ERROR with the versions there are, and the end [1.2 Protocol "
    "Negotiation]") {
    House house;
    Client client(house);
    client.send("CONNECT\naccept-version:2.0\nhost:h");
    const Frame answer = client.receive_one();
    CHECK(answer.command == Command::error);
    CHECK(header(answer, "version") == "1.0,1.1,1.2");
    CHECK(header(answer, "content-type") == "text/plain");
    CHECK(client.was_refused());
}

TEST_CASE("any host is ours, and none is none the worse [1.2 CONNECT or STOMP Frame]") {
    CHECK(answer_to_first("CONNECT\naccept-version:1.2\nhost:no.such.host").command == Command::connected);
    CHECK(answer_to_first("CONNECT\naccept-version:1.2").command == Command::connected);
}

TEST_CASE("CONNECT may end its lines with CR LF, before a version is agreed on [1.2 STOMP Frames]") {
    House house;
    Client client(house);
    client.send_bytes(std::string("CONNECT\r\naccept-version:1.2\r\nhost:h\r\n\r\n\0\r\n"sv));
    CHECK(client.receive_one().command == Command::connected);
}

TEST_CASE("the first frame must be CONNECT") {
    House house;
    Client client(house);
    client.send("SEND\ndestination:a\n\nhello");
    CHECK(header(client.receive_one(), "message") == "the first frame must be CONNECT");
    CHECK(client.was_refused());
}

TEST_CASE("a second CONNECT is an error") {
    House house;
    Client client(house);
    client.connect().send("CONNECT\naccept-version:1.2\nhost:h");
    CHECK(client.receive_one().command == Command::error);
    CHECK(client.was_refused());
}

TEST_CASE("CONNECT gets no RECEIPT [1.2 Header receipt]") {
    CHECK(answer_to_first("CONNECT\naccept-version:1.2\nhost:h\nreceipt:1").command == Command::connected);
}

TEST_CASE("octets that are no STOMP get an ERROR and the end") {
    House house;
    Client client(house);
    client.send_bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const Frame answer = client.receive_one();
    CHECK(answer.command == Command::error);
    CHECK(header(answer, "message").find("unknown command") != std::string::npos);
    CHECK(client.was_refused());
}

TEST_CASE("a frame of the server's is refused from a client") {
    House house;
    Client client(house);
    client.connect().send("MESSAGE\nmessage-id:1\nreceipt:9\n\nbody");
    const Frame answer = client.receive_one();
    CHECK(answer.command == Command::error);
    CHECK(header(answer, "receipt-id") == "9");
}

TEST_CASE("after an ERROR nothing of the client's is read any more [1.2 ERROR]") {
    House house;
    Client client(house);
    Client other(house);
    other.connect().send("SUBSCRIBE\nid:1\ndestination:a");
    client.connect().send_bytes(std::string("FROB\n\n\0SEND\ndestination:a\n\nx\0"sv));
    CHECK(client.was_refused());
    CHECK(other.receive().empty());
}

TEST_CASE("the gateway says goodbye with ERROR when it stops") {
    House house;
    PlainWire wire(house.gateway.shard(0));
    const auto session = house.service.open_session(wire);
    session->on_drain();
    house.run();
    CHECK(wire.written.starts_with("ERROR\n"));
    CHECK(wire.is_closed);
    session->on_closed({Errc::closed, ""});
}
