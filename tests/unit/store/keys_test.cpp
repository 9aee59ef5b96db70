#include "core/store/keys.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::store;

TEST_CASE("a key is taken apart as it was built") {
    const Bytes name("a\0b\0\0c", 6);
    const Bytes key = Key(Table::queue).part(name).number(0x0102030405060708).text("rest").take();
    KeyReader reader(key);
    CHECK(reader.part() == name);
    CHECK(reader.number() == 0x0102030405060708);
    CHECK(reader.text() == "rest");
    CHECK_FALSE(KeyReader(Bytes("\3abc")).part().has_value());
    CHECK_FALSE(KeyReader(Bytes("\3abc")).number().has_value());
}

TEST_CASE("keys sort as their parts do, and none begins another's range") {
    const auto key = [](std::string_view name, std::uint64_t number) { return Key(Table::queue).part(name).number(number).take(); };
    CHECK(key("a", 2) < key("a", 10));
    CHECK(key("a", 1 << 20) < key("ab", 0));
    CHECK(key("a", ~std::uint64_t{0}) < key(std::string_view("a\0", 2), 0));
    const Bytes all_of_a = Key(Table::queue).part("a").take();
    CHECK(key("a", 0) >= all_of_a);
    CHECK(key("a", ~std::uint64_t{0}) < end_of(all_of_a));
    CHECK(key(std::string_view("a\0", 2), 0) >= end_of(all_of_a));
    CHECK(end_of("a\xFF\xFF") == "b");
}
