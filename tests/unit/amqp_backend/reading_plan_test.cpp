#include "adapters/amqp/backend/reading_plan.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::amqp;

namespace {

std::vector<TopicFilter> filters(std::initializer_list<const char*> texts) {
    std::vector<TopicFilter> out;
    for (const char* text : texts) out.push_back(TopicFilter::parse(text).value());
    return out;
}

ReadingPlan plan(std::initializer_list<const char*> texts, Dialect dialect = Dialect::artemis) {
    return ReadingPlan::of_patterns(filters(texts), Addressing(dialect, Node::topic, {}));
}

std::vector<std::string> addresses(const ReadingPlan& plan) {
    std::vector<std::string> out;
    for (const auto& link : plan.links()) out.push_back(link.address);
    return out;
}

bool covers(const char* outer, const char* inner) {
    return contains(TopicFilter::parse(outer).value(), TopicFilter::parse(inner).value());
}

}  // namespace

TEST_CASE("what another pattern contains needs no link") {
    CHECK(addresses(plan({"a/b", "a/#", "a/+", "c"})) == std::vector<std::string>{"a.#", "c"});
    CHECK(addresses(plan({"a/b", "a/b"})) == std::vector<std::string>{"a.b"});
}

TEST_CASE("of the copies that come through overlapping links one is taken") {
    const ReadingPlan both = plan({"a/+", "+/b"});
    CHECK(both.takes(0, "a/b"));
    CHECK_FALSE(both.takes(1, "a/b"));
    CHECK(both.takes(1, "x/b"));
}

TEST_CASE("more than was asked for is not taken") {
    CHECK_FALSE(plan({"#"}).takes(0, "$private/x"));
    CHECK_FALSE(plan({"a/b"}).takes(0, "a/c"));
}

TEST_CASE("a link that brings one topic says which, so that messages need not") {
    CHECK(plan({"a/b"}).links()[0].only_topic == "a/b");
    CHECK_FALSE(plan({"a/+"}).links()[0].only_topic.has_value());
    CHECK(ReadingPlan::of_queue(filters({"a/b", "a/b"}), "q").links()[0].only_topic == "a/b");
    CHECK_FALSE(ReadingPlan::of_queue(filters({"a/b", "a/c"}), "q").links()[0].only_topic.has_value());
}

TEST_CASE("patterns that are too long to be written out share a link") {
    const std::string head(260, 'x');
    const std::vector<TopicFilter> both{TopicFilter::parse(head + "/+/a").value(), TopicFilter::parse(head + "/+/b").value()};
    const auto joined = ReadingPlan::of_patterns(both, Addressing(Dialect::qpid, Node::topic, {}));
    REQUIRE(joined.links().size() == 1);
    CHECK(joined.takes(0, head + "/1/a"));
    CHECK(joined.takes(0, head + "/1/b"));
}

TEST_CASE("a pattern contains what it matches all of") {
    CHECK(covers("#", "a/+"));
    CHECK(covers("a/#", "a"));
    CHECK(covers("a/+", "a/b"));
    CHECK(covers("+/b", "+/b"));
    CHECK_FALSE(covers("a/+", "a/#"));
    CHECK_FALSE(covers("a/b", "a/+"));
    CHECK_FALSE(covers("+", "a/b"));
    CHECK_FALSE(covers("a/b/c", "a/b"));
    CHECK_FALSE(covers("#", "$private/x"));
    CHECK(covers("$private/#", "$private/x"));
}
