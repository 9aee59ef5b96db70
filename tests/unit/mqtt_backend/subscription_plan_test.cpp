#include "adapters/mqtt/subscription_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace rialto;
using mqtt::contains;
using mqtt::join;
using mqtt::overlap;
using mqtt::SubscriptionPlan;
using Copies = SubscriptionPlan::Copies;

namespace {

using Texts = std::vector<std::string>;

TopicFilter filter(std::string_view text) { return TopicFilter::parse(text).value(); }

SubscriptionPlan plan(const Texts& texts, Copies copies) {
    std::vector<TopicFilter> filters;
    for (const auto& text : texts) filters.push_back(filter(text));
    return SubscriptionPlan(std::move(filters), copies);
}

Texts subscribed(const SubscriptionPlan& plan) {
    Texts texts;
    for (const auto& entry : plan.entries()) texts.push_back(entry.filter.full_text());
    return texts;
}

/// How many copies are taken of a message that the broker sends once for each subscription.
int taken_copies(const SubscriptionPlan& plan, std::string_view topic) {
    int taken = 0;
    for (const auto& entry : plan.entries()) {
        const std::uint32_t identifier = entry.identifier;
        if (entry.filter.matches(topic)) taken += plan.takes(topic, {&identifier, 1});
    }
    return taken;
}

}  // namespace

TEST_CASE("a filter contains another where it matches everything that the other matches") {
    CHECK(contains(filter("#"), filter("a/+")));
    CHECK(contains(filter("a/#"), filter("a")));
    CHECK(contains(filter("a/+/c"), filter("a/b/c")));
    CHECK(contains(filter("+/+"), filter("a/+")));
    CHECK_FALSE(contains(filter("a/+"), filter("a/#")));
    CHECK_FALSE(contains(filter("a/b"), filter("a/+")));
    CHECK_FALSE(contains(filter("#"), filter("$SYS/a")));
    CHECK_FALSE(contains(filter("#"), filter("$share/g/a")));
}

TEST_CASE("filters overlap where a topic matches both") {
    CHECK(overlap(filter("a/+/c"), filter("a/b/+")));
    CHECK(overlap(filter("a/#"), filter("a")));
    CHECK(overlap(filter("+/b"), filter("a/#")));
    CHECK_FALSE(overlap(filter("a/+"), filter("a/b/c")));
    CHECK_FALSE(overlap(filter("a/+"), filter("b/+")));
    CHECK_FALSE(overlap(filter("+/a"), filter("$SYS/a")));
}

TEST_CASE("joining gives the narrowest filter that has both") {
    CHECK(join(filter("a/+/c"), filter("a/b/+")).text() == "a/+/+");
    CHECK(join(filter("a/b/#"), filter("a/+")).text() == "a/+/#");
    CHECK(join(filter("$share/g/a"), filter("$share/g/+")).full_text() == "$share/g/+");
}

TEST_CASE("what another filter has anyway is not subscribed to") {
    CHECK(subscribed(plan({"a/#", "a/+/c", "a/b", "a/#", "b"}, Copies::by_identifier)) == Texts{"a/#", "b"});
}

TEST_CASE("a shared subscription and one of our own do not stand for each other") {
    CHECK(subscribed(plan({"a/#", "$share/g/a/b"}, Copies::joined)) == Texts{"a/#", "$share/g/a/b"});
}

TEST_CASE("without identifiers nothing that is subscribed to overlaps") {
    CHECK(subscribed(plan({"a/+/c", "a/b/+", "x"}, Copies::joined)) == Texts{"a/+/+", "x"});
    CHECK(subscribed(plan({"a/+/c", "a/b/+", "+/b/c"}, Copies::joined)) == Texts{"+/+/+"});
}

TEST_CASE("what a joined filter brings beyond the filters is not taken") {
    const auto joined = plan({"a/+/c", "a/b/+"}, Copies::joined);
    CHECK(joined.takes("a/b/c", {}));
    CHECK(joined.takes("a/b/x", {}));
    CHECK_FALSE(joined.takes("a/x/y", {}));
}

TEST_CASE("of copies through overlapping subscriptions one is taken") {
    const auto overlapping = plan({"a/+/c", "a/b/+", "+/b/c"}, Copies::by_identifier);
    CHECK(taken_copies(overlapping, "a/b/c") == 1);
    CHECK(taken_copies(overlapping, "a/x/c") == 1);
}

TEST_CASE("a single copy with all identifiers is taken") {
    const auto overlapping = plan({"a/+/c", "a/b/+"}, Copies::by_identifier);
    const std::uint32_t both[] = {overlapping.entries()[1].identifier, overlapping.entries()[0].identifier};
    CHECK(overlapping.takes("a/b/c", both));
}

TEST_CASE("an identifier means the same filter in every configuration") {
    CHECK(plan({"a", "b"}, Copies::by_identifier).entries()[1].identifier ==
          plan({"b"}, Copies::by_identifier).entries()[0].identifier);
}

TEST_CASE("what an earlier configuration subscribed to is taken where a filter asks for it: better twice than never") {
    const auto now = plan({"a/+"}, Copies::by_identifier);
    const std::uint32_t earlier[] = {12345};
    CHECK(now.takes("a/b", earlier));
    CHECK_FALSE(now.takes("b", earlier));
}

TEST_CASE("whatever a filter matches is taken once, and nothing else") {
    const Texts levels{"a", "b", "$x", ""};
    const Texts wild{"a", "b", "+"};
    for (const auto copies : {Copies::by_identifier, Copies::joined}) {
        for (const auto& first : wild) {
            for (const auto& second : wild) {
                const Texts filters{first + "/" + second, first + "/#", "+/" + second, "a/" + first + "/" + second};
                const auto all = plan(filters, copies);
                for (const auto& one : levels) {
                    for (const auto& two : levels) {
                        for (const std::string& topic : {one + "/" + two, "a/" + one + "/" + two}) {
                            const bool is_wanted = std::any_of(filters.begin(), filters.end(), [&](const auto& text) {
                                return filter(text).matches(topic);
                            });
                            CAPTURE(topic);
                            CHECK(taken_copies(all, topic) == (is_wanted ? 1 : 0));
                        }
                    }
                }
            }
        }
    }
}
