#include "adapters/redis/listener/channel_pattern.hpp"

#include <doctest/doctest.h>


using rialto::redis::ChannelPattern;

namespace {

bool matches(const char* pattern, std::string_view channel) { return ChannelPattern(pattern).matches(channel); }
std::string superset(const char* pattern) { return ChannelPattern(pattern).superset().full_text(); }

}  // namespace

TEST_CASE("a star is any run of characters, slashes too") {
    CHECK(matches("*", "a/b"));
    CHECK(matches("room/*", "room/a/b"));
    CHECK(matches("room/*", "room/"));
    CHECK_FALSE(matches("room/*", "room"));
    CHECK(matches("*/temp", "a/b/temp"));
    CHECK(matches("a*b*c", "a-b-b-c"));
    CHECK_FALSE(matches("a*b*c", "a-c-b"));
    CHECK(matches("a**", "a"));
}

TEST_CASE("a question mark is one character") {
    CHECK(matches("h?llo", "hello"));
    CHECK(matches("a?b", "a/b"));
    CHECK_FALSE(matches("h?llo", "hllo"));
    CHECK_FALSE(matches("h?", "h"));
}

TEST_CASE("brackets are one of some characters") {
    CHECK(matches("h[ae]llo", "hallo"));
    CHECK_FALSE(matches("h[ae]llo", "hillo"));
    CHECK(matches("h[^e]llo", "hallo"));
    CHECK_FALSE(matches("h[^e]llo", "hello"));
    CHECK(matches("h[a-c]llo", "hbllo"));
    CHECK(matches("h[c-a]llo", "hbllo"));
    CHECK(matches("h[\\]]llo", "h]llo"));
    CHECK(matches("h[a", "ha"));
}

TEST_CASE("a backslash takes a character as it is") {
    CHECK(matches("a\\*b", "a*b"));
    CHECK_FALSE(matches("a\\*b", "axb"));
    CHECK(matches("a\\", "a\\"));
}

TEST_CASE("a pattern that could go back often does not take long") {
    std::string pattern;
    for (int i = 0; i < 50; ++i) pattern += "a*";
    const std::string channel(5000, 'a');
    CHECK_FALSE(ChannelPattern(pattern + "b").matches(channel));
}

TEST_CASE("the filter has the whole levels in front, and all below them") {
    CHECK(superset("room/*") == "room/#");
    CHECK(superset("room/kit*") == "room/#");
    CHECK(superset("a/b?c/d") == "a/#");
    CHECK(superset("*") == "#");
    CHECK(superset("news") == "news");
    CHECK(superset("a/b") == "a/b");
    CHECK(superset("$SYS/*") == "$SYS/#");
}

TEST_CASE("what could be taken for a wildcard or a group of the bus is none") {
    CHECK(superset("a/+/b") == "a/#");
    CHECK(superset("#") == "#");
    CHECK(superset("$share/g/a") == "#");
    CHECK_FALSE(matches("a/+/b", "a/x/b"));
}
