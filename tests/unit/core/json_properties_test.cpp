#include "core/json/properties.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace rialto {
namespace {

std::string written(const Properties& properties) {
    Bytes out;
    append_json_properties(out, properties);
    return out;
}

Properties there_and_back(const Properties& properties) {
    const auto members = boost::json::parse("{\"op\":\"pub\"" + written(properties) + "}");
    auto read = read_json_properties(members.as_object());
    REQUIRE(read.has_value());
    return *read ? **read : Properties{};
}

TEST_CASE("a message without properties gets no member for them") {
    CHECK(written({}).empty());
}

TEST_CASE("fields have members of their own, other fields headers of fixed names") {
    Properties properties;
    properties.content_type = "text/csv";
    properties.reply_to = "r";
    properties.correlation_id = std::string("c");
    properties.key = "device-7";
    properties.priority = 7;
    properties.via = {"g/one", "g/two"};
    CHECK(written(properties) == R"(,"ct":"text/csv","key":"device-7","reply":"r","corr":"c",)"
                                 R"("headers":{"priority":7,"rialto-via":"g/one,g/two"})");
}

TEST_CASE("headers keep their order, their repeats and the types that JSON has") {
    Properties properties;
    properties.headers = {
        {"a", std::string("x\"y")}, {"n", std::int64_t{-7}}, {"a", true}, {"half", 0.5}, {"none", {}}};
    CHECK(written(properties) == R"(,"headers":{"a":["x\"y",true],"n":-7,"half":0.5,"none":null})");
}

TEST_CASE("types that JSON has not are text, and rialto-types says what they were") {
    Properties properties;
    properties.headers = {
        {"when", WallTime(std::chrono::milliseconds(1500))}, {"raw", Binary{"\xff"}}, {"two", 2.0}};
    CHECK(written(properties) ==
          R"(,"headers":{"when":"1500","raw":"/w==","two":"2","rialto-types":"when=t,raw=b,two=d"})");
}

TEST_CASE("what was written reads back as it was") {
    Properties properties;
    properties.content_type = "application/json";
    properties.content_encoding = "gzip";
    properties.message_id = Uuid{{1, 2, 3}};
    properties.correlation_id = Binary{std::string("\0\xff", 2)};
    properties.reply_to = "reply/here";
    properties.expires_at = WallTime(std::chrono::milliseconds(1'900'000'000'000));
    properties.priority = 0;
    properties.traceparent = "00-1-2-01";
    properties.headers = {{"text", std::string("x")},
                          {"text", Binary{"\xfe"}},
                          {"text", std::string("y")},
                          {"big", std::uint64_t{18'000'000'000'000'000'000U}},
                          {"far", std::int64_t{-9'100'000'000'000'000'000}},
                          {"map", Json{R"({"a":[1,2]})"}},
                          {"list", Json{"[1]"}},
                          {"rialto", std::string("mine")}};
    CHECK(there_and_back(properties) == properties);
}

TEST_CASE("properties of the wrong type are refused by name") {
    for (const char* const text :
         {R"({"ct":1})", R"({"reply":"a/#"})", R"({"headers":[]})", R"({"corr":{}})", R"({"ts":"now"})"}) {
        CHECK(read_json_properties(boost::json::parse(text).as_object()).has_error());
    }
}

}  // namespace
}  // namespace rialto
