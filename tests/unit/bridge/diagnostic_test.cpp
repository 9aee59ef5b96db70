#include "bridge/diagnostic.hpp"

#include <doctest/doctest.h>

#include "bridge/suggestion.hpp"

using namespace rialto;
using namespace rialto::bridge;

TEST_CASE("a mistake is told with its place, its line, a caret under it and a hint") {
    Diagnostics diagnostics;
    diagnostics.add_source("factory.toml", "[[routes]]\nfliter = \"factory/+/temp\"\n");
    diagnostics.error({2, 1, 6}, "unknown key 'fliter' in [[routes]]", "did you mean 'where'?");
    CHECK(diagnostics.text() ==
          "factory.toml:2:1: error: unknown key 'fliter' in [[routes]]\n"
          "   2 | fliter = \"factory/+/temp\"\n"
          "     | ^^^^^^ did you mean 'where'?\n");
}

TEST_CASE("columns count code points, and the caret stands under the right one") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "größe = \"ü\" x");
    diagnostics.error({1, 13, 1}, "x");
    CHECK(diagnostics.text() == "f:1:13: error: x\n   1 | größe = \"ü\" x\n     |             ^\n");
}

TEST_CASE("a tab before the mistake stays a tab, so that the caret stands under it") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "\tx = 1");
    diagnostics.error({1, 2, 1}, "x");
    CHECK(diagnostics.text() == "f:1:2: error: x\n   1 | \tx = 1\n     | \t^\n");
}

TEST_CASE("mistakes are told in the order of the text, whatever the order they were found in") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "a\nb\n");
    diagnostics.error({2, 1, 1}, "second");
    diagnostics.error({1, 1, 1}, "first");
    const std::string text = diagnostics.text();
    CHECK(text.find("first") < text.find("second"));
}

TEST_CASE("carets end with the line") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "ab\r\n");
    diagnostics.error({1, 2, 40}, "x");
    CHECK(diagnostics.text() == "f:1:2: error: x\n   1 | ab\n     |  ^\n");
}

TEST_CASE("a mistake on the command line is told by the argument") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "");
    const auto source = diagnostics.add_source("--set a=b", "a=b");
    diagnostics.error({1, 1, 1, source}, "unknown key 'a'", "did you mean 'auth'?");
    CHECK(diagnostics.text() == "--set a=b: error: unknown key 'a'\n     | did you mean 'auth'?\n");
}

TEST_CASE("a place beyond the text breaks nothing") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "a");
    diagnostics.error({9, 9, 9}, "x");
    CHECK(diagnostics.text() == "f:9:9: error: x\n   9 | \n     | ^\n");
}

TEST_CASE("typing distance counts swapped neighbours once") {
    CHECK(typing_distance("form", "from") == 1);
    CHECK(typing_distance("fliter", "filter") == 1);
    CHECK(typing_distance("bakend", "backends") == 2);
    CHECK(typing_distance("", "abc") == 3);
    CHECK(typing_distance("same", "same") == 0);
}

TEST_CASE("the nearest known word is suggested, and none where none is near") {
    CHECK(did_you_mean("form", {"to", "from", "name"}) == "did you mean 'from'?");
    CHECK(did_you_mean("max_conections", {"max_connections"}) == "did you mean 'max_connections'?");
    CHECK(did_you_mean("colour", {"to", "from"}).empty());
    CHECK(did_you_mean("ab", {"cd"}).empty());
    CHECK(did_you_mean(std::string(1000, 'a'), {"aaa"}).empty());
}
