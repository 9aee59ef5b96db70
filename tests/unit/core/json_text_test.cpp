#include "core/json/text.hpp"

#include "core/utf8_checker.hpp"

#include <doctest/doctest.h>

namespace rialto {
namespace {

std::string as_string(std::string_view text) {
    Bytes out;
    append_json_string(out, text);
    return out;
}

TEST_CASE("a payload is JSON when all of it is one value") {
    CHECK(is_json("21.5"));
    CHECK(is_json(" {\"a\":[1,null]} \n"));
    CHECK(is_json("\"text\""));
    CHECK_FALSE(is_json(""));
    CHECK_FALSE(is_json("21.5 km/h"));
    CHECK_FALSE(is_json("{\"a\":1"));
    CHECK_FALSE(is_json("1 2"));
    CHECK_FALSE(is_json("nan"));
    CHECK_FALSE(is_json("\"\xff\""));
    CHECK_FALSE(is_json(std::string(100'000, '[')));
}

TEST_CASE("text becomes a JSON string with escapes where JSON wants them") {
    CHECK(as_string("plain ä") == "\"plain ä\"");
    CHECK(as_string("a\"b\\c\n\t\x01") == "\"a\\\"b\\\\c\\n\\t\\u0001\"");
    CHECK(as_string(std::string_view("\0", 1)) == "\"\\u0000\"");
}

TEST_CASE("JSON of many lines becomes one line with the same value") {
    Bytes out;
    append_json_on_one_line(out, "{\n \"a\": \"x\\ny\",\r\n \"b\": 1\n}");
    CHECK(out == "{  \"a\": \"x\\ny\",   \"b\": 1 }");
}

TEST_CASE("a member's text is found as it stands there") {
    CHECK(json_member_text(R"({"op":"pub","data":{"t":21.50,"x":[1, "}"]},"id":3})", "data") ==
          R"({"t":21.50,"x":[1, "}"]})");
    CHECK(json_member_text(R"({"a":{"data":1},"data" : 2 })", "data") == "2");
    CHECK(json_member_text(R"({"data":1,"data":2})", "data") == "2");
    CHECK(json_member_text(R"({"s":"\"data\":7","data":"x\"y"})", "data") == R"("x\"y")");
    CHECK_FALSE(json_member_text(R"({"a":1})", "data").has_value());
    CHECK_FALSE(json_member_text("{}", "data").has_value());
}

TEST_CASE("UTF-8 that comes in pieces is checked across them") {
    Utf8Checker checker;
    CHECK(checker.add(as_bytes("\xf0\x9f")));
    CHECK_FALSE(checker.is_complete());
    CHECK(checker.unfinished() == 2);
    CHECK(checker.add(as_bytes("\x98\x80 and more than eight bytes of ASCII")));
    CHECK(checker.is_complete());
}

TEST_CASE("overlong forms, surrogates and what is above U+10FFFF are no UTF-8") {
    for (const char* const wrong :
         {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\x80", "\xc3("}) {
        CHECK_FALSE(is_utf8(as_bytes(wrong)));
    }
}

}  // namespace
}  // namespace rialto
