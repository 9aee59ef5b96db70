#include <doctest/doctest.h>

#include "core/topic.hpp"

using namespace rialto;

namespace {

bool matches(std::string_view filter, std::string_view topic) {
    return TopicFilter::parse(filter).value().matches(topic);
}
bool is_filter(std::string_view text) { return TopicFilter::parse(text).has_value(); }

}  // namespace

TEST_CASE("'+' stands for exactly one level, an empty one too [MQTT-4.7.1-3]") {
    CHECK(matches("a/+/b", "a/x/b"));
    CHECK(matches("a/+/b", "a//b"));
    CHECK_FALSE(matches("a/+/b", "a/x/y/b"));
    CHECK_FALSE(matches("+", "/a"));
    CHECK(matches("+/+", "/a"));
    CHECK(matches("/+", "/a"));
}

TEST_CASE("'#' stands for all remaining levels and for the parent [MQTT 4.7.1.2]") {
    CHECK(matches("a/#", "a"));
    CHECK(matches("a/#", "a/b/c"));
    CHECK(matches("#", "a"));
    CHECK(matches("#", "/"));
    CHECK_FALSE(matches("a/#", "ab"));
    CHECK(matches("+/b/#", "a/b"));
}

TEST_CASE("a leading wildcard does not see topics that begin with '$' [MQTT-4.7.2-1]") {
    CHECK_FALSE(matches("#", "$SYS/uptime"));
    CHECK_FALSE(matches("+/uptime", "$SYS/uptime"));
    CHECK(matches("$SYS/#", "$SYS/uptime"));
    CHECK(matches("$SYS/+", "$SYS/uptime"));
}

TEST_CASE("a wildcard shares its level with nothing, and '#' comes last [MQTT-4.7.1-1..2]") {
    CHECK(is_filter("+/a/#"));
    CHECK_FALSE(is_filter("a+/b"));
    CHECK_FALSE(is_filter("a/#b"));
    CHECK_FALSE(is_filter("#/a"));
    CHECK_FALSE(is_filter(""));
    CHECK_FALSE(is_filter(std::string_view("a\0b", 3)));
}

TEST_CASE("a shared subscription has a group without wildcards and a filter [MQTT-4.8.2-1..2]") {
    const auto shared = TopicFilter::parse("$share/g/a/+").value();
    CHECK(shared.group() == "g");
    CHECK(shared.text() == "a/+");
    CHECK(shared.full_text() == "$share/g/a/+");
    CHECK_FALSE(is_filter("$share/g"));
    CHECK_FALSE(is_filter("$share//a"));
    CHECK_FALSE(is_filter("$share/g/"));
    CHECK_FALSE(is_filter("$share/g+/a"));
}

TEST_CASE("a topic has no wildcard, no NUL, and is UTF-8") {
    CHECK(check_topic("a//b/"));
    CHECK(check_topic("/"));
    CHECK(check_topic("ü/日本"));
    CHECK_FALSE(check_topic("a/+"));
    CHECK_FALSE(check_topic("a#"));
    CHECK_FALSE(check_topic(""));
    CHECK_FALSE(check_topic("\xC0\xAF"));
    CHECK_FALSE(check_topic("\xED\xA0\x80"));  // a surrogate
    CHECK_FALSE(check_topic("\xF4\x90\x80\x80"));  // above U+10FFFF
    CHECK_FALSE(check_topic("\xE2\x82"));
}

TEST_CASE("topics are limited in bytes and in levels") {
    CHECK(check_topic(std::string(65535, 'a')));
    CHECK(check_topic(std::string(65536, 'a')).error().code == Errc::over_limit);
    CHECK(check_topic(std::string(199, '/')));
    CHECK(check_topic(std::string(200, '/')).error().code == Errc::over_limit);
}
