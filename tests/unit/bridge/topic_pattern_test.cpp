#include "bridge/topic_pattern.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::bridge;

namespace {

/// "a|b" for two captures, "-" for a rest of no levels, "no" where the pattern does not match.
std::string captured(std::string_view pattern, std::string_view topic) {
    const auto parsed = TopicPattern::parse(pattern);
    REQUIRE(parsed.has_value());
    Captures captures;
    if (!parsed->match(topic, captures)) return "no";
    std::string out;
    for (std::size_t i = 0; i < captures.size(); ++i) {
        out += (i ? "|" : "") + (captures[i] ? std::string(*captures[i]) : std::string("-"));
    }
    return out;
}

std::string filter_of(std::string_view pattern) { return TopicPattern::parse(pattern)->filter().full_text(); }

/// "offset+size: message"
std::string error_of(std::string_view pattern) {
    const auto parsed = TopicPattern::parse(pattern);
    if (parsed.has_value()) return "taken";
    return std::to_string(parsed.error().offset) + "+" + std::to_string(parsed.error().size) + ": " + parsed.error().message;
}

}  // namespace

TEST_CASE("'+' and '{name}' take one level, an empty one too") {
    CHECK(captured("sensors/{room}/temperature", "sensors/hall/temperature") == "hall");
    CHECK(captured("sensors/{room}/temperature", "sensors//temperature") == "");
    CHECK(captured("a/+/{b}", "a/x/y") == "x|y");
    CHECK(captured("a/{x}", "a/b/c") == "no");
    CHECK(captured("a/{x}", "a") == "no");
}

TEST_CASE("'#' and '{name...}' take all that is left, none included") {
    CHECK(captured("a/{rest...}", "a/b/c") == "b/c");
    CHECK(captured("a/{rest...}", "a/") == "");
    CHECK(captured("a/{rest...}", "a") == "-");
    CHECK(captured("a/#", "a/b//c") == "b//c");
    CHECK(captured("#", "a/b") == "a/b");
    CHECK(captured("{x}/{rest...}", "a") == "a|-");
    CHECK(captured("a/#", "ab") == "no");
}

TEST_CASE("a level may have text around its capture") {
    CHECK(captured("dev-{id}.x/on", "dev-7.x/on") == "7");
    CHECK(captured("dev-{id}.x/on", "dev-.x/on") == "");
    CHECK(captured("dev-{id}.x/on", "dev.x/on") == "no");
    CHECK(captured("ab{x}ba", "aba") == "no");
    CHECK(TopicPattern::parse("dev-{id}")->is_narrower_than_filter());
    CHECK_FALSE(TopicPattern::parse("dev/{id}")->is_narrower_than_filter());
}

TEST_CASE("a pattern subscribes with the filter that has its wildcards without their names") {
    CHECK(filter_of("sensors/{room}/temperature") == "sensors/+/temperature");
    CHECK(filter_of("a/{x}/{rest...}") == "a/+/#");
    CHECK(filter_of("dev-{id}/on") == "+/on");
    CHECK(filter_of("/a//") == "/a//");
    CHECK(filter_of("$share/workers/jobs/{x}") == "$share/workers/jobs/+");
}

TEST_CASE("a shared group takes no part in matching") {
    CHECK(captured("$share/workers/jobs/{x}", "jobs/7") == "7");
}

TEST_CASE("a wildcard in front does not match the topics of the server [MQTT-4.7.2-1]") {
    CHECK(captured("{x}/uptime", "$SYS/uptime") == "no");
    CHECK(captured("#", "$SYS/uptime") == "no");
    CHECK(captured("$SYS/{x}", "$SYS/uptime") == "uptime");
}

TEST_CASE("more than one capture inside a level is an error that says so") {
    CHECK(error_of("a/{x}-{y}/b") == "2+7: more than one capture in the level '{x}-{y}'");
}

TEST_CASE("'#' and '{name...}' have to be the last level and stand alone in it") {
    CHECK(error_of("a/#/b") == "2+1: '#' has to be the last level");
    CHECK(error_of("a/{x...}/b") == "2+6: '{x...}' has to be the last level");
    CHECK(error_of("a/b#") == "3+1: '#' has to be a level of its own");
    CHECK(error_of("a/b+/c") == "3+1: '+' has to be a level of its own");
    CHECK(error_of("a/x{rest...}") == "2+10: '{rest...}' has to be a level of its own");
}

TEST_CASE("names of captures are checked, each at its place") {
    CHECK(error_of("a/{}").starts_with("2+2: "));
    CHECK(error_of("a/{1}").starts_with("2+3: '{1}' only stands in 'to'"));
    CHECK(error_of("a/{to pic}").starts_with("2+8: the name in"));
    CHECK(error_of("a/{route}").find("meaning of its own") != std::string::npos);
    CHECK(error_of("{x}/{x}") == "4+3: the capture 'x' is there twice");
}

TEST_CASE("braces come in pairs") {
    CHECK(error_of("a/{x") == "2+1: '{' without its '}'");
    CHECK(error_of("a/x}") == "3+1: '}' without its '{'");
    CHECK(error_of("a/{x}}") == "5+1: '}' without its '{'");
    CHECK(error_of("").starts_with("0+0: "));
}
