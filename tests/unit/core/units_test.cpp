#include "core/units.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace std::chrono_literals;

TEST_CASE("a duration is a number and its unit") {
    CHECK(*parse_duration("250ms") == 250ms);
    CHECK(*parse_duration("5s") == 5s);
    CHECK(*parse_duration("1.5m") == 90s);
    CHECK(*parse_duration("24h") == 24h);
    CHECK(*parse_duration("7d") == 168h);
    CHECK(*parse_duration("10 s") == 10s);
}

TEST_CASE("what is no duration is refused with an example of one") {
    for (const auto text : {"", "s", "5", "5 parsecs", "-5s", "five s", "1e400s", "inf", "nan", "200y", "99999999999h"}) {
        CAPTURE(text);
        const auto parsed = parse_duration(text);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().code == Errc::invalid);
        CHECK(parsed.error().message.find("a duration") != std::string::npos);
    }
}

TEST_CASE("a duration is written in the largest unit that it is whole in") {
    CHECK(duration_text(0ms) == "0s");
    CHECK(duration_text(250ms) == "250ms");
    CHECK(duration_text(90s) == "90s");
    CHECK(duration_text(10min) == "10m");
    CHECK(duration_text(24h) == "24h");
}

TEST_CASE("a size is bytes, with binary and decimal units") {
    CHECK(*parse_size("512") == 512);
    CHECK(*parse_size("64KiB") == 65536);
    CHECK(*parse_size("1.5GiB") == 1610612736);
    CHECK(*parse_size("10MB") == 10'000'000);
    CHECK(size_text(65536) == "64KiB");
    CHECK(size_text(1ULL << 30U) == "1GiB");
    CHECK(size_text(1000) == "1000");
    CHECK(size_text(0) == "0");
}

TEST_CASE("what is no size is refused") {
    for (const auto text : {"", "KiB", "64 kibibytes", "64kib", "-1", "9999999TiB"}) {
        CAPTURE(text);
        CHECK(parse_size(text).has_error());
    }
}

TEST_CASE("a rate is a count for each second, minute or hour, and never zero") {
    CHECK(*parse_rate("100/s") == doctest::Approx(100));
    CHECK(*parse_rate("6/m") == doctest::Approx(0.1));
    CHECK(*parse_rate("2.5/h") == doctest::Approx(2.5 / 3600));
    for (const auto text : {"100", "100/", "/s", "0/s", "-1/s", "100/d"}) CHECK(parse_rate(text).has_error());
}
