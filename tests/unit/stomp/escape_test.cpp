#include "adapters/stomp/escape.hpp"

#include "tests/unit/stomp/decoding.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

std::string escaped(std::string_view text, Version version, HeaderPart part = HeaderPart::value) {
    std::string out;
    append_escaped(out, text, version, part);
    return out;
}

}  // namespace

TEST_CASE("1.2 escapes backslash, CR, LF and colon [1.2 Value Encoding]") {
    CHECK(escaped("a\\b\rc\nd:e", Version::v1_2) == "a\\\\b\\rc\\nd\\ce");
    CHECK(*unescape("a\\\\b\\rc\\nd\\ce", Version::v1_2) == "a\\b\rc\nd:e");
}

TEST_CASE("1.1 escapes backslash, LF and colon and has no escape for CR [1.1 Value Encoding]") {
    CHECK(escaped("a\\b\nd:e", Version::v1_1) == "a\\\\b\\nd\\ce");
    CHECK(*unescape("a\\\\b\\nd\\ce", Version::v1_1) == "a\\b\nd:e");
    CHECK(escaped("a\rb", Version::v1_1) == "a%0Db");
    CHECK(unescape("a\\rb", Version::v1_1).error().code == Errc::protocol);
}

TEST_CASE("1.0 has no escapes: a backslash is a backslash") {
    CHECK(escaped("a\\b:c", Version::v1_0) == "a\\b:c");
    CHECK(*unescape("a\\nb\\q\\", Version::v1_0) == "a\\nb\\q\\");
    CHECK(escaped("a\r\nb", Version::v1_0) == "a%0D%0Ab");
    CHECK(escaped("a:b", Version::v1_0, HeaderPart::name) == "a%3Ab");
}

TEST_CASE("an undefined escape is a fatal error [1.2 Value Encoding]") {
    for (const auto line : {"\\t", "a\\", "\\C", "\\0", "\\ "}) {
        CAPTURE(line);
        CHECK(unescape(line, Version::v1_2).error().code == Errc::protocol);
        CHECK(unescape(line, Version::v1_1).error().code == Errc::protocol);
    }
    CHECK(decode("SEND\na:\\t\n\n\0"sv).code == Errc::protocol);
    CHECK(decode("SEND\n\\ta:b\n\n\0"sv).code == Errc::protocol);
}

TEST_CASE("an escaped backslash does not begin another escape") {
    CHECK(*unescape("\\\\n", Version::v1_2) == "\\n");
    CHECK(escaped("\\n", Version::v1_2) == "\\\\n");
}

TEST_CASE("no text can end its line or its frame") {
    for (const Version version : {Version::v1_0, Version::v1_1, Version::v1_2}) {
        for (const HeaderPart part : {HeaderPart::name, HeaderPart::value}) {
            CHECK(escaped("a\nb\0c\r"sv, version, part).find_first_of("\n\r\0"sv) == std::string::npos);
        }
    }
}

TEST_CASE("every octet but NUL comes back from 1.2 as it was") {
    std::string all;
    for (int octet = 1; octet < 256; ++octet) all.push_back(static_cast<char>(octet));
    CHECK(*unescape(escaped(all, Version::v1_2), Version::v1_2) == all);
}

TEST_CASE("what a version can't escape is known beforehand") {
    CHECK(needs_percent("a\rb", Version::v1_1, HeaderPart::value));
    CHECK(needs_percent("a\nb", Version::v1_0, HeaderPart::value));
    CHECK(needs_percent("a\0b"sv, Version::v1_2, HeaderPart::value));
    CHECK(needs_percent("a:b", Version::v1_0, HeaderPart::name));
    CHECK_FALSE(needs_percent("a:b\\", Version::v1_0, HeaderPart::value));
    CHECK_FALSE(needs_percent("a\r\nb", Version::v1_2, HeaderPart::value));
}
