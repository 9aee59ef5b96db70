#include "adapters/zeromq/interest.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::zeromq;

namespace {

Interest interest_in(std::initializer_list<std::string> prefixes) {
    Interest interest;
    for (const auto& prefix : prefixes) interest.take(as_bytes("\x01" + prefix));
    return interest;
}

}  // namespace

TEST_CASE("nothing is wanted before anybody has subscribed") { CHECK_FALSE(Interest().wants("a")); }

TEST_CASE("what begins with a prefix is wanted, byte for byte") {
    const Interest interest = interest_in({"room/", "hall"});
    CHECK(interest.wants("room/1"));
    CHECK(interest.wants("room/"));
    CHECK(interest.wants("hallway"));
    CHECK_FALSE(interest.wants("room"));
    CHECK_FALSE(interest.wants("Room/1"));
    CHECK_FALSE(interest.wants(""));
}

TEST_CASE("the empty prefix wants everything, the empty first part too") {
    CHECK(interest_in({""}).wants(""));
    CHECK(interest_in({""}).wants("anything"));
}

TEST_CASE("an unsubscription takes its own prefix back and no other") {
    Interest interest = interest_in({"a", "b"});
    interest.take(as_bytes(std::string("\0a", 2)));
    interest.take(as_bytes(std::string("\0c", 2)));
    CHECK_FALSE(interest.wants("ab"));
    CHECK(interest.wants("ba"));
    CHECK(interest.size() == 1);
}

TEST_CASE("the same subscription twice is one") {
    Interest interest = interest_in({"a", "a"});
    interest.take(as_bytes(std::string("\0a", 2)));
    CHECK_FALSE(interest.wants("a"));
}

TEST_CASE("messages that peers send to a publisher are no subscriptions") {
    Interest interest;
    for (const char* text : {"", "\x02hello", "hello"}) interest.take(as_bytes(text));
    CHECK(interest.size() == 0);
}

TEST_CASE("prefixes may be long, and hold any bytes") {
    const std::string longer(300, 'x');
    CHECK(interest_in({longer}).wants(longer + "y"));
    CHECK_FALSE(interest_in({longer}).wants(longer.substr(1)));
    CHECK(interest_in({std::string(255, 'x')}).wants(longer));
    CHECK(interest_in({std::string("\0\xFF", 2)}).wants(std::string("\0\xFF!", 3)));
    Interest interest = interest_in({longer});
    interest.take(as_bytes('\0' + longer));
    CHECK_FALSE(interest.wants(longer));
}
