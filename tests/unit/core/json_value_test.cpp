#include "core/json/value.hpp"

#include <bit>
#include <cmath>
#include <random>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

namespace rialto {
namespace {

namespace json = boost::json;

json::value parsed(std::string_view text) {
    boost::system::error_code error;
    auto value = parse_json(text, error);
    REQUIRE_FALSE(error);
    return value;
}

bool is_refused(std::string_view text) {
    boost::system::error_code error;
    return parse_json(text, error).is_null() && error;
}

TEST_CASE("every double comes back as it was written") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        const auto value = std::bit_cast<double>(random());
        if (!std::isfinite(value)) continue;
        const json::value list{value, "between", value};
        CHECK(parsed(json::serialize(list)) == list);
    }
}

TEST_CASE("a number outside of what a double holds becomes the nearest that it has") {
    CHECK(std::isinf(parsed("1e999").as_double()));
    CHECK(parsed("1e-999").as_double() == 0);
}

TEST_CASE("numbers stay whole where they are whole") {
    CHECK(parsed("18446744073709551615").as_uint64() == 18446744073709551615u);
    CHECK(parsed("-9223372036854775808").as_int64() == std::numeric_limits<std::int64_t>::min());
    CHECK(parsed("1.0").is_double());
}

TEST_CASE("all kinds of values are read as Boost's own parser reads them") {
    const std::string_view text = R"( {"a":[1,-2,true,false,null,"x\u00e4\n\"y"],"b":{},"\"c":[[],{"d":[1.5]}],"long":"123456789012345678901234567890"} )";
    CHECK(parsed(text) == json::parse(json::string_view(text)));
}

TEST_CASE("what is not exactly one value is refused") {
    for (const std::string_view text : {"", "1 2", "{\"a\":1", "[1,]", "nan", "\"\xff\"", "{} x"}) CHECK(is_refused(text));
    CHECK(is_refused(std::string(100'000, '[')));
}

}  // namespace
}  // namespace rialto
