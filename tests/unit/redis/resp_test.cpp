#include "adapters/redis/resp.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::redis;
using namespace std::literals;

namespace {

std::string command(std::initializer_list<std::string_view> words) {
    return std::string(as_text(Command(std::span(words.begin(), words.size())).bytes()));
}

/// The reply as text, arrays in brackets; "-" where there is none yet, "!" where it is an error of the format.
std::string shown(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
    if (reply.type != REDIS_REPLY_ARRAY) return std::string(text_of(reply));
    std::string out = "[";
    for (const redisReply* element : elements_of(reply)) out += shown(*element) + ",";
    return out + "]";
}
std::string next(ReplyReader& reader) {
    const Result<Reply> reply = reader.next();
    if (reply.has_error()) return "!";
    return *reply ? shown(**reply) : "-";
}

constexpr std::string_view message = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\nx\r\ny\0\r\n"sv;

}  // namespace

TEST_CASE("a command is an array of strings, binary and empty ones too") {
    CHECK(command({"PING"}) == "*1\r\n$4\r\nPING\r\n");
    CHECK(command({"PUBLISH", "a b", "\0\r\n"sv}) ==
          "*3\r\n$7\r\nPUBLISH\r\n$3\r\na b\r\n$3\r\n\0\r\n\r\n"s);
    CHECK(command({"PUBLISH", "a", ""}) == "*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$0\r\n\r\n");
}

TEST_CASE("replies come one after the other, whole") {
    ReplyReader reader;
    reader.feed(as_bytes("+OK\r\n:7\r\n-NOPERM no\r\n$2\r\nhi\r\n*2\r\n$1\r\na\r\n:1\r\n"));
    for (const char* expected : {"OK", "7", "NOPERM no", "hi", "[a,1,]", "-"}) CHECK(next(reader) == expected);
}

TEST_CASE("a reply that is cut anywhere waits for its rest") {
    for (std::size_t cut = 0; cut < message.size(); ++cut) {
        ReplyReader reader;
        reader.feed(as_bytes(message.substr(0, cut)));
        CHECK(next(reader) == "-");
        reader.feed(as_bytes(message.substr(cut)));
        CHECK(next(reader) == "[message,a,x\r\ny\0,]"s);
    }
}

TEST_CASE("what is no reply is an error, and stays one") {
    ReplyReader reader;
    reader.feed(as_bytes("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(next(reader) == "!");
    reader.feed(as_bytes("+OK\r\n"));
    CHECK(next(reader) == "!");
}
