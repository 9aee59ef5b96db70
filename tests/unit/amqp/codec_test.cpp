#include <doctest/doctest.h>

#include "adapters/amqp/codec/reader.hpp"
#include "adapters/amqp/codec/writer.hpp"

using namespace rialto;
using namespace rialto::amqp;

namespace {

template <typename Write>
Bytes written(Write&& write) {
    Bytes out;
    Writer writer(out);
    write(writer);
    return out;
}

Value round_trip(const Value& value) {
    const Bytes octets = written([&](Writer& out) { out.value(value); });
    Reader reader(octets);
    Item item;
    REQUIRE(reader.next(item));
    CHECK(reader.at_end());
    return value_of(item);
}

std::string json_round_trip(const std::string& text) {
    Bytes octets;
    REQUIRE(append_json(text, octets));
    Reader reader(octets);
    Item item;
    REQUIRE(reader.next(item));
    return json_of(item).value_or("none");
}

}  // namespace

TEST_CASE("every value reads back as what it was") {
    for (const std::int64_t number : {INT64_MIN, std::int64_t{-129}, std::int64_t{-128}, std::int64_t{0}, std::int64_t{127}, INT64_MAX}) {
        CHECK(round_trip(number) == Value(number));
    }
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{255}, std::uint64_t{256}, UINT64_MAX}) {
        CHECK(round_trip(number) == Value(number));
    }
    CHECK(round_trip(Value{}) == Value{});
    CHECK(round_trip(true) == Value(true));
    CHECK(round_trip(0.1) == Value(0.1));
    CHECK(round_trip(std::string("grün")) == Value(std::string("grün")));
    CHECK(round_trip(std::string(300, 'x')) == Value(std::string(300, 'x')));
    CHECK(round_trip(Binary{std::string("\0\xff", 2)}) == Value(Binary{std::string("\0\xff", 2)}));
    CHECK(round_trip(WallTime(std::chrono::milliseconds(-5))) == Value(WallTime(std::chrono::milliseconds(-5))));
    CHECK(round_trip(Uuid{{1, 2, 3}}) == Value(Uuid{{1, 2, 3}}));
}

TEST_CASE("numbers take as few octets as they need [AMQP 1.6]") {
    CHECK(written([](Writer& out) { out.uint(0); }) == "\x43");
    CHECK(written([](Writer& out) { out.uint(7); }) == "\x52\x07");
    CHECK(written([](Writer& out) { out.uint(256); }) == std::string("\x70\0\0\x01\0", 5));
    CHECK(written([](Writer& out) { out.ulong(0); }) == "\x44");
    CHECK(written([](Writer& out) { out.long_integer(-1); }) == "\x55\xff");
    CHECK(written([](Writer& out) { out.symbol("ab"); }) == "\xa3\x02" "ab");
}

TEST_CASE("JSON is lists and maps, and comes back as it was") {
    CHECK(json_round_trip(R"({"a":[1,-2,2.5,null,true],"b":{"c":"d"}})") == R"({"a":[1,-2,2.5E0,null,true],"b":{"c":"d"}})");
    CHECK(json_round_trip("18446744073709551615") == "18446744073709551615");
    Bytes out;
    CHECK_FALSE(append_json("{", out));
    CHECK(out.empty());
}

TEST_CASE("what JSON can't say has none") {
    const auto json_of_octets = [](std::string_view octets) {
        Reader reader(octets);
        Item item;
        REQUIRE(reader.next(item));
        return json_of(item);
    };
    CHECK_FALSE(json_of_octets({"\xa0\x01x", 3}));                                  // binary
    CHECK_FALSE(json_of_octets({"\x98" "0123456789abcdef", 17}));                   // uuid
    CHECK_FALSE(json_of_octets({"\xc1\x05\x02\x54\x01\x54\x02", 7}));               // a map whose name is a number
    CHECK(json_of_octets({"\xe0\x05\x02\x71\0\0\0\x07", 8}) == std::nullopt);       // an array with octets missing
    CHECK(json_of_octets({"\xe0\x04\x02\x54\x01\x02", 6}) == "[1,2]");
    CHECK(json_of_octets("\x45") == "[]");
}

TEST_CASE("octets that are no values are told from those that are") {
    CHECK(is_well_formed(""));
    CHECK(is_well_formed({"\x00\x53\x77\x41", 4}));
    CHECK_FALSE(is_well_formed({"\x00\x53\x77", 3}));       // a descriptor without a value
    CHECK_FALSE(is_well_formed({"\x00\x00\x53\x77\x41", 5}));
    CHECK_FALSE(is_well_formed("\x3f"));                     // no such constructor
    CHECK_FALSE(is_well_formed({"\xa1\x05" "abc", 5}));      // too short
    CHECK_FALSE(is_well_formed({"\xc0\x02\x02\x41", 4}));    // a list of two with one
    CHECK_FALSE(is_well_formed({"\xc0\x03\x01\x41\x41", 5}));  // and of one with two
    CHECK_FALSE(is_well_formed({"\xf0\0\0\0\x05\xff\xff\xff\xff\x41", 10}));  // four thousand million trues
}

TEST_CASE("nesting has a bottom") {
    std::string deep = "\x45";
    for (int i = 0; i < 100; ++i) {
        std::string outer(1, '\xd0');
        const auto number = [&](std::uint32_t value) {
            for (int shift = 24; shift >= 0; shift -= 8) outer.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
        };
        number(static_cast<std::uint32_t>(deep.size() + 4));
        number(1);
        deep = outer + deep;
    }
    CHECK_FALSE(is_well_formed(deep));
    Reader reader(deep);
    Item item;
    REQUIRE(reader.next(item));
    CHECK_FALSE(json_of(item));
}
