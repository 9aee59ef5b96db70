#include "adapters/redis/subscriptions.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::redis;

namespace {

using Texts = std::vector<std::string>;

TopicFilter filter(std::string_view text) { return TopicFilter::parse(text).value(); }

Subscriptions subscriptions(const Texts& filters) {
    std::vector<TopicFilter> parsed;
    for (const auto& text : filters) parsed.push_back(filter(text));
    return Subscriptions(std::move(parsed));
}

/// How many copies of a message Redis would send, and how many of them are taken.
struct Copies {
    int sent = 0;
    int taken = 0;
};
Copies copies_of(const Subscriptions& subscriptions, std::string_view channel) {
    Copies copies;
    for (const auto& name : subscriptions.channels()) {
        if (name != channel) continue;
        ++copies.sent;
        copies.taken += subscriptions.takes(channel, std::nullopt);
    }
    for (const auto& pattern : subscriptions.patterns()) {
        if (!glob_matches(pattern, channel)) continue;
        ++copies.sent;
        copies.taken += subscriptions.takes(channel, pattern);
    }
    return copies;
}

}  // namespace

TEST_CASE("a filter becomes the smallest Redis pattern that has all of it") {
    CHECK(glob_of(filter("a/+/c")) == "a/*/c");
    CHECK(glob_of(filter("a/#")) == "a/*");
    CHECK(glob_of(filter("#")) == "*");
    CHECK(glob_of(filter("+/b")) == "*/b");
    CHECK(glob_of(filter("/+")) == "/*");
}

TEST_CASE("what is special to Redis is escaped in literal levels") {
    CHECK(glob_of(filter("[x]*?/+/a-b^\\")) == "\\[x\\]\\*\\?/*/a\\-b\\^\\\\");
}

TEST_CASE("'a/#' asks for the channel 'a' too") {
    const auto both = subscriptions({"a/#"});
    CHECK(both.channels() == Texts{"a"});
    CHECK(both.patterns() == Texts{"a/*"});
}

TEST_CASE("a parent that is a wildcard itself is asked for by a pattern") {
    const auto all = subscriptions({"+/#"});
    CHECK(all.channels().empty());
    CHECK(all.patterns() == Texts{"*"});
}

TEST_CASE("a pattern matches as Redis matches it") {
    CHECK(glob_matches("a/*", "a/b/c"));
    CHECK(glob_matches("a/*/c", "a/b/x/c"));
    CHECK(glob_matches("*", ""));
    CHECK(glob_matches("*/b", "/b"));
    CHECK(glob_matches("a*b*c", "aXbbXbc"));
    CHECK(glob_matches("\\*", "*"));
    CHECK_FALSE(glob_matches("\\*", "x"));
    CHECK_FALSE(glob_matches("a/*", "a"));
    CHECK_FALSE(glob_matches("a/*/c", "a/c"));
    CHECK_FALSE(glob_matches("a", "ab"));
}

TEST_CASE("a pattern contains another where its stars cover everything of it") {
    CHECK(glob_contains("*", "a/*/c"));
    CHECK(glob_contains("a/*", "a/*/c"));
    CHECK(glob_contains("*/c", "a/*/c"));
    CHECK(glob_contains("a*c", "a/*/c"));
    CHECK(glob_contains("\\**", "\\*x"));
    CHECK_FALSE(glob_contains("a/*/c", "a/*"));
    CHECK_FALSE(glob_contains("a/*/c", "a/b/*"));
    CHECK_FALSE(glob_contains("\\*", "*"));
}

TEST_CASE("what another subscription brings anyway is not asked for") {
    const auto all = subscriptions({"a/#", "a/+/c", "a/b", "other"});
    CHECK(all.channels() == Texts{"a", "other"});
    CHECK(all.patterns() == Texts{"a/*"});
}

TEST_CASE("each message is taken once, however many of its copies come") {
    const auto all = subscriptions({"a/+/c", "a/b/+", "+/b/c", "a/b/c", "#"});
    CHECK(copies_of(all, "a/b/c").taken == 1);
    const auto overlapping = subscriptions({"a/+/c", "a/b/+", "+/b/c"});
    CHECK(copies_of(overlapping, "a/b/c").sent == 3);
    CHECK(copies_of(overlapping, "a/b/c").taken == 1);
    CHECK(copies_of(overlapping, "a/x/c").taken == 1);
}

TEST_CASE("what comes because Redis' star crosses slashes is not taken") {
    const auto deep = subscriptions({"a/+/c"});
    CHECK(copies_of(deep, "a/x/y/c").sent == 1);
    CHECK(copies_of(deep, "a/x/y/c").taken == 0);
}

TEST_CASE("a channel that starts with a dollar sign is not taken by a leading wildcard") {
    CHECK(copies_of(subscriptions({"#"}), "$private").taken == 0);
    CHECK(copies_of(subscriptions({"#", "$private"}), "$private").taken == 1);
}

TEST_CASE("whatever a filter matches is taken once, and nothing else") {
    const Texts levels{"a", "b", "", "$x", "*"};
    const Texts wild{"a", "+", "b", "", "*"};
    for (const auto& first : wild) {
        for (const auto& second : wild) {
            const Texts filters{first + "/" + second, first + "/#", "+/" + second, "a/" + first + "/" + second};
            const auto all = subscriptions(filters);
            for (const auto& one : levels) {
                for (const auto& two : levels) {
                    for (const auto& topic : {one + "/" + two, "a/" + one + "/" + two}) {
                        bool wanted = false;
                        for (const auto& text : filters) wanted = wanted || filter(text).matches(topic);
                        CAPTURE(topic);
                        CAPTURE(first);
                        CAPTURE(second);
                        CHECK(copies_of(all, topic).taken == (wanted ? 1 : 0));
                    }
                }
            }
        }
    }
}
