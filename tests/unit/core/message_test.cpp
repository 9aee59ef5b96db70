#include <doctest/doctest.h>

#include "core/message.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;

TEST_CASE("a message keeps topic, payload and traits") {
    const auto message = test::message("a/b", std::string_view("x\0y", 3), {Qos::at_least_once, true, 42});
    CHECK(message->topic() == "a/b");
    CHECK(as_text(message->payload()) == std::string_view("x\0y", 3));
    CHECK(message->qos() == Qos::at_least_once);
    CHECK(message->is_retained());
    CHECK(message->origin() == 42);
    CHECK(message->properties() == Properties{});
}

TEST_CASE("an empty retained payload clears") {
    CHECK(test::message("a", "", {Qos::at_most_once, true, 0})->clears_retained());
    CHECK_FALSE(test::message("a", "", {})->clears_retained());
    CHECK_FALSE(test::message("a", "x", {Qos::at_most_once, true, 0})->clears_retained());
}

TEST_CASE("an encoding is built once for each key and serves everybody") {
    static const char json = 0;
    static const char other = 0;
    const auto message = test::message("a");
    int built = 0;
    const auto build = [&] { return ++built, Bytes("encoded"); };
    const Bytes& first = message->encoding(&json, build);
    CHECK(&first == &message->encoding(&json, build));
    CHECK(built == 1);
    message->encoding(&other, build);
    CHECK(built == 2);
    CHECK(first == "encoded");
}

TEST_CASE("a message expires at its time, and never without one") {
    auto properties = std::make_unique<Properties>();
    const auto now = wall_now();
    properties->expires_at = now + std::chrono::seconds(1);
    const auto message = Message::create("a", {}, {}, std::move(properties));
    CHECK_FALSE(message->is_expired(now));
    CHECK(message->is_expired(now + std::chrono::seconds(1)));
    CHECK_FALSE(test::message("a")->is_expired(now));
}

TEST_CASE("a rewritten message has the payload under another topic") {
    const auto original = test::message("a", "payload");
    const auto rewritten = Message::rewrite(*original, "b", original->traits(), nullptr);
    CHECK(rewritten->topic() == "b");
    CHECK(as_text(rewritten->payload()) == "payload");
    CHECK(original->topic() == "a");
}
