#include "adapters/redis/listener/request.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace rialto::redis;

namespace {

using Words = std::vector<std::string_view>;

struct Reading {
    explicit Reading(std::string from, RequestLimits limits = {})
        : bytes(std::move(from)), result(read_request(bytes, limits, words)) {}
    std::string bytes;
    Words words;  // look into it
    RequestResult result;
    bool is_complete() const { return result.status == RequestStatus::complete; }
};

const std::string publish("*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$5\r\n1\r\n\0x\r\n", 35);

}  // namespace

TEST_CASE("a command is an array of strings of any bytes") {
    const Reading read(publish + "*1\r\n");
    REQUIRE(read.is_complete());
    CHECK(read.words == Words{"PUBLISH", "a", std::string_view("1\r\n\0x", 5)});
    CHECK(read.result.used == publish.size());
}

TEST_CASE("a command that is cut anywhere wants more") {
    for (std::size_t size = 0; size < publish.size(); ++size) {
        CAPTURE(size);
        CHECK(Reading(publish.substr(0, size)).result.status == RequestStatus::need_more);
    }
}

TEST_CASE("a person may type words and a line break") {
    CHECK(Reading("PING\r\n").words == Words{"PING"});
    CHECK(Reading("  publish a\tb \n").words == Words{"publish", "a", "b"});
    const Reading empty("\r\n");
    CHECK(empty.is_complete());
    CHECK(empty.words.empty());
    CHECK(Reading("PING").result.status == RequestStatus::need_more);
    CHECK(Reading(std::string(70'000, 'x')).result.problem == "too big inline request");
}

TEST_CASE("an array of nothing is no command") {
    for (const char* bytes : {"*0\r\n", "*-1\r\n"}) {
        const Reading read(bytes);
        CHECK(read.is_complete());
        CHECK(read.words.empty());
    }
}

TEST_CASE("what is no command is told in Redis' words") {
    CHECK(Reading("*x\r\n").result.problem == "invalid multibulk length");
    CHECK(Reading("*70000\r\n").result.problem == "invalid multibulk length");
    CHECK(Reading("*1\r\n:5\r\n").result.problem == "expected '$' before a string");
    CHECK(Reading("*1\r\n$-1\r\n").result.problem == "invalid bulk length");
    CHECK(Reading("*1\r\n$5000000000000\r\n").result.problem == "invalid bulk length");
    CHECK(Reading("*1\r\n$2\r\nabc\r\n").result.problem == "a string is longer than it says");
    CHECK(Reading("*" + std::string(40, '1')).result.problem == "invalid multibulk length");
}

TEST_CASE("a command larger than the limit is refused before it is there") {
    CHECK(Reading("*2\r\n$4\r\nECHO\r\n$100\r\n", {.size = 100, .words = 10}).result.problem == "invalid bulk length");
    CHECK(Reading("*2\r\n$4\r\nECHO\r\n$50\r\n", {.size = 100, .words = 10}).result.status == RequestStatus::need_more);
}
