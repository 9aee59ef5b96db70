#include "adapters/zeromq/prefixes.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace rialto;
using namespace rialto::zeromq;

namespace {

using Texts = std::vector<std::string>;

Texts prefixes(const Texts& filters) {
    std::vector<TopicFilter> parsed;
    for (const auto& text : filters) parsed.push_back(TopicFilter::parse(text).value());
    return prefixes_of(parsed);
}

}  // namespace

TEST_CASE("a filter is subscribed to by what stands before its first wildcard") {
    CHECK(prefixes({"a/b"}) == Texts{"a/b"});
    CHECK(prefixes({"a/+/c"}) == Texts{"a/"});
    CHECK(prefixes({"+/b"}) == Texts{""});
    CHECK(prefixes({"#"}) == Texts{""});
    CHECK(prefixes({"/+"}) == Texts{"/"});
}

TEST_CASE("'a/#' asks for 'a' too") {
    CHECK(prefixes({"a/#"}) == Texts{"a"});
    CHECK(prefixes({"a/b/#"}) == Texts{"a/b"});
    CHECK(prefixes({"a//#"}) == Texts{"a/"});
    CHECK(prefixes({"/#"}) == Texts{"/"});
}

TEST_CASE("what another prefix brings is not subscribed to") {
    CHECK(prefixes({"a/b/c", "a/+", "ab", "b", "b"}) == Texts{"a/", "ab", "b"});
    CHECK(prefixes({"a", "#", "b/c"}) == Texts{""});
    CHECK(prefixes({}) == Texts{});
}

TEST_CASE("long prefixes are cut where libzmq would damage them") {
    const std::string longest(max_prefix_size, 'x');
    CHECK(prefixes({longest + "y", longest + "z/+"}) == Texts{longest});
}

TEST_CASE("a shared filter is subscribed to as the filter that it is") { CHECK(prefixes({"$share/g/a/+"}) == Texts{"a/"}); }

TEST_CASE("whatever a filter matches begins with a prefix") {
    std::mt19937 random(7);
    const auto pick = [&](const Texts& from) { return from[random() % from.size()]; };
    for (int round = 0; round < 20'000; ++round) {
        std::string filter = pick({"a", "b", "", "+"});
        std::string topic = pick({"a", "b", ""});
        for (auto levels = random() % 3; levels > 0; --levels) filter += "/" + pick({"a", "ab", "", "+"});
        for (auto levels = random() % 4; levels > 0; --levels) topic += "/" + pick({"a", "ab", ""});
        if (random() % 3 == 0) filter += "/#";
        const auto parsed = TopicFilter::parse(filter);
        if (topic.empty() || !parsed || !parsed->matches(topic)) continue;
        const Texts asked = prefixes({filter});
        CAPTURE(filter);
        CAPTURE(topic);
        REQUIRE(asked.size() == 1);
        REQUIRE(topic.starts_with(asked[0]));
    }
}
