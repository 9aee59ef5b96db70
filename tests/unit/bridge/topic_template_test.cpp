#include "bridge/topic_template.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::bridge;

namespace {

std::string mapped(std::string_view from, std::string_view to, std::string_view topic) {
    const auto pattern = TopicPattern::parse(from);
    const auto target = TopicTemplate::parse(to);
    REQUIRE((pattern.has_value() && target.has_value()));
    const auto bound = target->bind(*pattern, "temperatures", "plant");
    if (bound.has_error()) {
        return std::to_string(bound.error().offset) + "+" + std::to_string(bound.error().size) + ": " + bound.error().message;
    }
    Captures captures;
    REQUIRE(pattern->match(topic, captures));
    std::string out;
    bound->expand(topic, captures, out);
    return out;
}

std::string error_of(std::string_view to) {
    const auto parsed = TopicTemplate::parse(to);
    return parsed.has_value() ? "taken" : std::to_string(parsed.error().offset) + ": " + parsed.error().message;
}

}  // namespace

TEST_CASE("a template puts named captures where it wants them") {
    CHECK(mapped("sensors/{room}/temperature", "live/{room}", "sensors/hall/temperature") == "live/hall");
    CHECK(mapped("{a}/{b}", "{b}/{a}/{b}", "x/y") == "y/x/y");
    CHECK(mapped("dev-{id}", "device/{id}-state", "dev-7") == "device/7-state");
}

TEST_CASE("unnamed wildcards are counted from 1, '#' with them") {
    CHECK(mapped("a/+/{x}/+/#", "{2}/{1}/{3}", "a/b/c/d/e/f") == "d/b/e/f");
}

TEST_CASE("the rest can be written with and without its dots") {
    CHECK(mapped("a/{rest...}", "b/{rest...}", "a/x/y") == "b/x/y");
    CHECK(mapped("a/{rest...}", "b/{rest}", "a/x/y") == "b/x/y");
}

TEST_CASE("a rest of no levels takes one slash along; an empty level does not") {
    CHECK(mapped("a/{rest...}", "b/{rest...}", "a") == "b");
    CHECK(mapped("a/{rest...}", "b/{rest...}", "a/") == "b/");
    CHECK(mapped("a/{rest...}", "b/{rest...}/c", "a") == "b/c");
    CHECK(mapped("a/{rest...}", "{rest...}/c", "a") == "c");
    CHECK(mapped("a/{rest...}", "{rest...}", "a") == "");
    CHECK(mapped("a/#", "b/{1}", "a") == "b");
}

TEST_CASE("the whole topic, the route and the source can be written too") {
    CHECK(mapped("a/#", "{route}/{source}/{topic}", "a/b") == "temperatures/plant/a/b");
}

TEST_CASE("what the pattern does not capture is an error at its place") {
    CHECK(mapped("a/{x}", "b/{y}", "a/1") == "2+3: '{y}' is not captured by 'a/{x}'");
    CHECK(mapped("a/+", "b/{2}", "a/1") == "2+3: '{2}' is not captured by 'a/+'");
    CHECK(mapped("a/{x}", "b/{1}", "a/1") == "2+3: '{1}' is not captured by 'a/{x}'");
    CHECK(mapped("a/{x}", "b/{x...}", "a/1") == "2+6: 'x' is one level in 'from': write {x}");
}

TEST_CASE("a template is checked when it is read") {
    CHECK(error_of("a/{x}") == "taken");
    CHECK(error_of("") == "0: the topic is empty");
    CHECK(error_of("a/+").starts_with("2: '+' can't be written to"));
    CHECK(error_of("a/#").starts_with("2: '#' can't be written to"));
    CHECK(error_of("a/{x") == "2: '{' without its '}'");
    CHECK(error_of("a/x}") == "3: '}' without its '{'");
    CHECK(error_of("a/{}").starts_with("2: "));
    CHECK(error_of("a/{x y}").starts_with("2: the name in"));
}
