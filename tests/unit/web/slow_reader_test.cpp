#include "tests/unit/web/fakes.hpp"

#include <doctest/doctest.h>

namespace rialto::web::test {
namespace {

constexpr std::size_t room = 10'000;

/// A client with room for about nine messages of a kilobyte, which does not read.
struct SlowClient {
    explicit SlowClient(const char* policy) : house({.backlog = room}), client(house) {
        client.say(std::string(R"({"op":"sub","id":2,"topic":"a/#","policy":")") + policy + "\"}");
        client.hears();
        client.falls_behind();
    }
    void publish(const std::string& topic, char first) {
        house.publish(topic, first + std::string(1000, '.'));
    }
    /// The first letters of the payloads, after "gap N " where something was lost.
    std::string gets() {
        client.catches_up();
        std::string letters;
        for (const auto& frame : client.hears()) {
            if (const auto lost = frame.find("\"lost\":"); lost != std::string::npos) {
                letters += "gap " + std::to_string(std::stoi(frame.substr(lost + 7))) + " ";
            } else {
                letters += frame.at(frame.find("\"text\":\"") + 8);
            }
        }
        return letters;
    }

    House house;
    LiveClient client;
};

TEST_CASE("a reader that catches up in time loses nothing, under any policy") {
    for (const char* const policy : {"drop_oldest", "close"}) {
        SlowClient slow(policy);
        for (const char letter : std::string("abcde")) slow.publish("a/x", letter);
        CHECK(slow.client.hears().empty());
        CHECK(slow.gets() == "abcde");
    }
}

TEST_CASE("drop_oldest loses what waited longest, and a gap in its place tells how many") {
    SlowClient slow("drop_oldest");
    for (const char letter : std::string("abcdefghijklm")) slow.publish("a/x", letter);
    CHECK(slow.gets() == "gap 4 efghijklm");
    CHECK(slow.house.gateway.metrics().total("rialto_messages_dropped_total") == 4);
    CHECK(slow.client.link.closed_with == 0);
}

TEST_CASE("conflate keeps the newest message of each topic") {
    SlowClient slow("conflate");
    for (int i = 0; i < 500; ++i) {
        slow.publish("a/x", static_cast<char>('a' + i % 26));
        slow.publish("a/y", static_cast<char>('A' + i % 26));
    }
    CHECK(slow.gets() == "fF");
}

TEST_CASE("conflated topics that are too many for the room drop the oldest, too") {
    SlowClient slow("conflate");
    for (int i = 0; i < 13; ++i) slow.publish("a/" + std::to_string(i), static_cast<char>('a' + i));
    CHECK(slow.gets() == "gap 4 efghijklm");
}

TEST_CASE("close ends the connection with 4108") {
    SlowClient slow("close");
    for (const char letter : std::string("abcdefghijklm")) slow.publish("a/x", letter);
    CHECK(slow.client.link.closed_with == 4108);
}

TEST_CASE("answers are never dropped") {
    SlowClient slow("drop_oldest");
    slow.client.say(R"({"op":"sub","id":7,"topic":"other"})");
    for (int i = 0; i < 30; ++i) slow.publish("a/x", 'a');
    slow.client.catches_up();
    const auto heard = slow.client.hears();
    CHECK(std::any_of(heard.begin(), heard.end(),
                      [](const auto& frame) { return frame.find("\"id\":7") != std::string::npos; }));
}

TEST_CASE("a client that asks on and does not read is not read any more, until it has caught up") {
    SlowClient slow("drop_oldest");
    for (int i = 0; i < 400; ++i) slow.client.say(R"({"op":"unsub","id":1,"topic":"not/there"})");
    CHECK(slow.client.link.is_paused);
    slow.client.catches_up();
    CHECK_FALSE(slow.client.link.is_paused);
}

TEST_CASE("a turn that brings more than the limit to a reader that keeps up loses nothing") {
    House house({.backlog = room});
    LiveClient client(house);
    client.say(R"({"op":"sub","id":2,"topic":"#"})");
    client.hears();
    for (int i = 0; i < 100; ++i) {
        house.bus().publish(Message::create("a", as_bytes(std::string(1000, 'x')), {}), {});
    }
    CHECK(client.hears().size() == 100);
}

}  // namespace
}  // namespace rialto::web::test
