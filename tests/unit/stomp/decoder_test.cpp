#include "tests/unit/stomp/decoding.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

TEST_CASE("a frame is a command, headers, a blank line, a body and a NUL [1.2 STOMP Frames]") {
    const Decoding out = decode("SEND\ndestination:/topic/a\ncontent-type:text/plain\n\nhello\0"sv);
    REQUIRE(out.frames.size() == 1);
    CHECK(out.frames[0].command == Command::send);
    CHECK(header(out.frames[0], "destination") == "/topic/a");
    CHECK(header(out.frames[0], "content-type") == "text/plain");
    CHECK(out.frames[0].body == "hello");
}

TEST_CASE("several frames may come in one piece") {
    const Decoding out =
        decode("BEGIN\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0ABORT\ntransaction:u\n\n\0"sv);
    REQUIRE(out.frames.size() == 3);
    CHECK(out.frames[1].command == Command::commit);
    CHECK(header(out.frames[2], "transaction") == "u");
}

TEST_CASE("a frame that comes octet by octet is the same frame") {
    Decoder decoder;
    Decoding out;
    for (const char octet : "\n\r\nSEND\r\ndestination:a\\cb\r\ncontent-length:3\r\n\r\nx\0y\0\n"sv)
        feed(decoder, {&octet, 1}, out);
    REQUIRE(out.frames.size() == 1);
    CHECK(header(out.frames[0], "destination") == "a:b");
    CHECK(out.frames[0].body == "x\0y"sv);
    CHECK(out.heart_beats == 3);
    CHECK_FALSE(decoder.is_inside_frame());
}

TEST_CASE("line ends between frames are heart-beats, one for a run of them [1.2 Heart-beating]") {
    CHECK(decode("\n").heart_beats == 1);
    CHECK(decode("\n\n\r\n").heart_beats == 1);
    CHECK(decode("\nDISCONNECT\n\n\0\n"sv).heart_beats == 2);
}

TEST_CASE("a line ends with LF or with CR LF in 1.2 [1.2 STOMP Frames]") {
    const Decoding out = decode("SEND\r\ndestination:a\r\nb: c \r\n\r\n\r\n\0"sv);
    REQUIRE(out.frames.size() == 1);
    CHECK(header(out.frames[0], "destination") == "a");
    CHECK(header(out.frames[0], "b") == " c ");
    CHECK(out.frames[0].body == "\r\n");
}

TEST_CASE(
    "a CR before the line end belongs to the value in 1.1, except in CONNECT, which has no version yet") {
    CHECK(header(decode("SEND\na:b\r\n\n\0"sv, Version::v1_1).frames.at(0), "a") == "b\r");
    CHECK(header(decode("CONNECT\r\na:b\r\n\r\n\0"sv, Version::v1_1).frames.at(0), "a") == "b");
}

TEST_CASE("headers are never trimmed in 1.1 and 1.2, and always in 1.0 [1.2 Value Encoding]") {
    const auto frame = "SEND\n a : b \n\n\0"sv;
    CHECK(header(decode(frame, Version::v1_2).frames.at(0), " a ") == " b ");
    CHECK(header(decode(frame, Version::v1_1).frames.at(0), " a ") == " b ");
    CHECK(header(decode(frame, Version::v1_0).frames.at(0), "a") == "b");
}

TEST_CASE("a name of nothing but padding is none in 1.0") {
    CHECK(decode("SEND\n \t:b\n\n\0"sv, Version::v1_0).code == Errc::protocol);
    CHECK(header(decode("SEND\n \t:b\n\n\0"sv, Version::v1_2).frames.at(0), " \t") == "b");
}

TEST_CASE("a value may be empty and may have colons") {
    const Decoding out = decode("SEND\na:\nb:c:d\n\n\0"sv);
    CHECK(header(out.frames.at(0), "a").empty());
    CHECK(header(out.frames.at(0), "b") == "c:d");
}

TEST_CASE("of repeated headers the first counts and all are kept [1.2 Repeated Header Entries]") {
    const Decoding out = decode("SEND\nfoo:World\nfoo:Hello\n\n\0"sv);
    const Headers& headers = out.frames.at(0).headers;
    CHECK(headers.find("foo") == "World");
    REQUIRE(headers.size() == 2);
    CHECK(headers[1] == Headers::Entry{"foo", "Hello"});
}

TEST_CASE("of a broker, a header line that is no text is left out, in pieces of any size") {
    const auto frame = "MESSAGE\na:1\nx-amqp-1.0-message-annotations:\0St\xC1\x0B\xD1\nb:2\n\nbody\0"sv;
    CHECK(decode(frame).code == Errc::protocol);
    for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
        Decoder decoder({}, Decoder::NoText::is_left_out);
        Decoding out;
        feed(decoder, frame.substr(0, cut), out);
        feed(decoder, frame.substr(cut), out);
        REQUIRE(out.frames.size() == 1);
        CHECK(out.frames[0].headers.size() == 2);
        CHECK(header(out.frames[0], "b") == "2");
        CHECK(out.frames[0].body == "body");
    }
}

TEST_CASE("a body with content-length may have NUL octets [1.2 Header content-length]") {
    CHECK(decode("SEND\ncontent-length:5\n\na\0b\0c\0"sv).frames.at(0).body == "a\0b\0c"sv);
}

TEST_CASE("without content-length the first NUL ends the body") {
    const Decoding out = decode("SEND\n\nabc\0\nSEND\n\n\0"sv);
    REQUIRE(out.frames.size() == 2);
    CHECK(out.frames[0].body == "abc");
    CHECK(out.frames[1].body.empty());
}

TEST_CASE("any frame may say content-length:0") {
    CHECK(decode("DISCONNECT\ncontent-length:0\n\n\0"sv).frames.size() == 1);
}

TEST_CASE("a body that does not end after its content-length is an error") {
    CHECK(decode("SEND\ncontent-length:2\n\nabc\0"sv).error.find("content-length") != std::string::npos);
}

TEST_CASE("a content-length that is no number is an error") {
    for (const auto length : {"", "x", "-1", "1x", "0x1", "1,2"}) {
        CAPTURE(length);
        const std::string frame = "SEND\ncontent-length:" + std::string(length) + "\n\n";
        CHECK(decode(frame + '\0').code == Errc::protocol);
    }
}

TEST_CASE("only SEND, MESSAGE and ERROR have a body [1.2 Body], but 1.0 does not say so") {
    CHECK(decode("SUBSCRIBE\nid:1\n\nbody\0"sv).code == Errc::protocol);
    CHECK(decode("SUBSCRIBE\nid:1\ncontent-length:4\n\nbody\0"sv).code == Errc::protocol);
    CHECK(decode("CONNECT\nhost:a\n\nbody\0"sv).code == Errc::protocol);
    CHECK(decode("SUBSCRIBE\nid:1\n\nbody\0"sv, Version::v1_0).frames.size() == 1);
    CHECK(decode("MESSAGE\n\nbody\0"sv).frames.size() == 1);
    CHECK(decode("ERROR\n\nbody\0"sv).frames.size() == 1);
}

TEST_CASE("CONNECT, STOMP and CONNECTED have no escapes [1.2 Value Encoding]") {
    for (const std::string command : {"CONNECT", "STOMP", "CONNECTED"}) {
        CHECK(header(decode(command + "\npasscode:a\\nb\\q\n\n" + '\0').frames.at(0), "passcode") ==
              "a\\nb\\q");
    }
}

TEST_CASE("commands and header names are case sensitive [1.2 STOMP Frames]") {
    CHECK(decode("Send\n\n\0"sv).code == Errc::protocol);
    CHECK(header(decode("SEND\nDestination:a\n\n\0"sv).frames.at(0), "destination") == "(none)");
}

TEST_CASE("what is no frame is a protocol error, as soon as that can be known") {
    for (const auto bytes : {"GET / HTTP/1.1\r\n"sv, "\x16\x03\x01"sv, "\0"sv, "\rS"sv, "\r\r"sv, "send\n"sv,
                             "FROB\n\n\0"sv, "AAAAAAAAAAAAAAAAAAAAAAA"sv, "SEND\0"sv, "SEND\nno colon\n"sv,
                             "SEND\n:value\n"sv, "DISCONNECT\nreceipt:77\n\0"sv, "SEND\nname:va\0"sv}) {
        CAPTURE(std::string(bytes));
        CHECK(decode(bytes).code == Errc::protocol);
        CHECK_FALSE(decode(bytes).error.empty());
    }
}

TEST_CASE("after an error the decoder gives the same error again") {
    Decoder decoder;
    Decoding first, second;
    feed(decoder, "garbage", first);
    feed(decoder, "SEND\n\n\0"sv, second);
    CHECK(second.frames.empty());
    CHECK(second.error == first.error);
}

TEST_CASE("a frame over a limit is told apart from a broken one [1.2 Size Limits]") {
    const DecoderLimits limits{.header_count = 2, .line_length = 10, .body_size = 4};
    CHECK(decode("SEND\na:1\nb:2\nc:3\n"sv, Version::v1_2, limits).code == Errc::over_limit);
    CHECK(decode("SEND\nname:12345678"sv, Version::v1_2, limits).code == Errc::over_limit);
    CHECK(decode("SEND\n\nabcde"sv, Version::v1_2, limits).code == Errc::over_limit);
    CHECK(decode("SEND\ncontent-length:5\n"sv, Version::v1_2, {.body_size = 4}).error.empty());
    CHECK(decode("SEND\ncontent-length:5\n\n"sv, Version::v1_2, {.body_size = 4}).code == Errc::over_limit);
    CHECK(decode("SEND\ncontent-length:99999999999999999999999\n\n"sv).code == Errc::over_limit);
}

TEST_CASE("a frame that just fits its limits is taken") {
    const DecoderLimits limits{.header_count = 2, .line_length = 10, .body_size = 4};
    const Decoding out = decode("SEND\na:1\nname:12345\n\nabcd\0"sv, Version::v1_2, limits);
    REQUIRE(out.frames.size() == 1);
    CHECK(out.frames[0].body == "abcd");
}

TEST_CASE("a length that is only claimed takes no memory") {
    Decoder decoder({.body_size = std::size_t{1} << 40});
    Decoding out;
    feed(decoder, "SEND\ncontent-length:1099511627776\n\nabc"sv, out);
    CHECK(out.error.empty());
    CHECK(decoder.frame().body.capacity() < 1024 * 1024);
}
