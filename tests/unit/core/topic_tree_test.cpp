#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/topic_tree.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using test::filter;

namespace {

std::vector<int> found(const TopicTree<int>& tree, std::string_view topic) {
    std::vector<int> values;
    tree.match(topic, [&](int value) { values.push_back(value); });
    std::sort(values.begin(), values.end());
    return values;
}

}  // namespace

TEST_CASE("a topic finds the values of all filters that match it") {
    TopicTree<int> tree;
    tree.put(filter("a/b"), 1);
    tree.put(filter("a/+"), 2);
    tree.put(filter("a/#"), 3);
    tree.put(filter("#"), 4);
    tree.put(filter("a/c"), 5);
    CHECK(found(tree, "a/b") == std::vector{1, 2, 3, 4});
    CHECK(found(tree, "a") == std::vector{3, 4});
    CHECK(found(tree, "$a/b").empty());
}

TEST_CASE("a value stands once in a filter") {
    TopicTree<int> tree;
    CHECK(tree.put(filter("a"), 1));
    CHECK_FALSE(tree.put(filter("a"), 1));
    CHECK(tree.size() == 1);
    CHECK(tree.remove(filter("a"), 1));
    CHECK_FALSE(tree.remove(filter("a"), 1));
    CHECK(found(tree, "a").empty());
}

TEST_CASE("the tree and the matcher agree on random filters and topics") {
    std::mt19937 random(7);
    const std::vector<std::string> levels{"a", "b", "", "+", "$x"};
    const auto make = [&](bool wildcards) {
        std::string text;
        const auto count = 1 + random() % 4;
        for (unsigned i = 0; i < count; ++i) {
            if (i != 0) text += '/';
            std::string level = levels[random() % levels.size()];
            if (!wildcards && level == "+") level = "c";
            text += level;
        }
        if (wildcards && random() % 3 == 0) text += text.empty() ? "#" : "/#";
        return text.empty() ? std::string("a") : text;
    };
    TopicTree<int> tree;
    std::vector<TopicFilter> filters;
    for (int i = 0; i < 300; ++i) {
        filters.push_back(filter(make(true)));
        tree.put(filters.back(), i);
    }
    for (int i = 0; i < 2000; ++i) {
        if (i % 10 == 0 && !filters.empty()) {  // take some out on the way
            const auto gone = random() % filters.size();
            if (tree.remove(filters[gone], static_cast<int>(gone))) filters[gone] = filter("never/matches");
        }
        const auto topic = make(false);
        std::vector<int> expected;
        for (std::size_t f = 0; f < filters.size(); ++f) {
            if (filters[f].matches(topic)) expected.push_back(static_cast<int>(f));
        }
        CHECK(found(tree, topic) == expected);
    }
}
