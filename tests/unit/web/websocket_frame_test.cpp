#include "tests/unit/web/fakes.hpp"

#include <doctest/doctest.h>

namespace rialto::web::test {
namespace {

/// Everything that a reader makes of `bytes` when they come in slices of `slice`: "text:Hel.lo!", "ping:x",
/// "fail:1002".
std::string read_all(std::string bytes, std::size_t slice = 1 << 20) {
    FrameReader reader;
    std::string log;
    std::string waiting;
    std::uint8_t scratch[256];
    while (!bytes.empty() || !waiting.empty()) {
        waiting += bytes.substr(0, slice);
        bytes.erase(0, std::min(slice, bytes.size()));
        while (true) {
            const auto step = reader.read(as_bytes(waiting), scratch, sizeof scratch);
            if (reader.failure()) return log + "fail:" + std::to_string(static_cast<int>(*reader.failure()));
            waiting.erase(0, step.used);
            if (!step.piece) break;
            switch (step.piece->opcode) {
                case Opcode::text:
                    log += "text:";
                    break;
                case Opcode::binary:
                    log += "binary:";
                    break;
                case Opcode::ping:
                    log += "ping:";
                    break;
                case Opcode::pong:
                    log += "pong:";
                    break;
                case Opcode::close:
                    log += "close:";
                    break;
                case Opcode::continuation:
                    log += "?";
                    break;
            }
            log += std::string(as_text(step.piece->bytes)) + (step.piece->ends_message ? "! " : ". ");
        }
        if (bytes.empty()) break;
    }
    return log;
}

TEST_CASE("a masked message comes out as it was meant [RFC6455-5.3]") {
    CHECK(read_all(frame(0x81, "Hello")) == "text:Hello! ");
    CHECK(read_all(frame(0x82, "Hello") + frame(0x81, "")) == "binary:Hello! text:! ");
}

TEST_CASE(
    "the pieces of a fragmented message keep its kind, and control frames may stand between them "
    "[RFC6455-5.4]") {
    CHECK(read_all(frame(0x01, "Hel") + frame(0x89, "p") + frame(0x80, "lo")) ==
          "text:Hel. ping:p! text:lo! ");
}

TEST_CASE("bytes that come one at a time say the same") {
    CHECK(read_all(frame(0x89, "ping") + frame(0x88, "\x03\xe8"), 1) == "ping:ping! close:\x03\xe8! ");
    CHECK(read_all(frame(0x82, "abc"), 1) == "binary:a. binary:b. binary:c! ");
}

TEST_CASE("what breaks the framing ends with 1002") {
    CHECK(read_all(std::string("\x81\x05Hello", 7)) == "fail:1002");              // not masked
    CHECK(read_all(frame(0xc1, "x")) == "fail:1002");                             // a reserved bit
    CHECK(read_all(frame(0x83, "x")) == "fail:1002");                             // an unknown opcode
    CHECK(read_all(frame(0x80, "x")) == "fail:1002");                             // continues nothing
    CHECK(read_all(frame(0x01, "x") + frame(0x81, "y")) == "text:x. fail:1002");  // begins inside another
    CHECK(read_all(frame(0x09, "x")) == "fail:1002");                             // a fragmented ping
    CHECK(read_all(frame(0x89, std::string(126, 'x'))) == "fail:1002");           // a long ping
    CHECK(read_all(std::string("\x82\xfe\x00\x05\0\0\0\0Hello", 13)) ==
          "fail:1002");  // length not in its shortest form
    CHECK(read_all(std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14)) == "fail:1002");
}

TEST_CASE("a close frame has a code that may be sent, and a reason that is text [RFC6455-7.4]") {
    CHECK(read_all(frame(0x88, "")) == "close:! ");
    CHECK(read_all(frame(0x88, "\x0f\xa0 why")) == "close:\x0f\xa0 why! ");
    CHECK(read_all(frame(0x88, "\x03")) == "fail:1002");
    CHECK(read_all(frame(0x88, "\x03\xed")) == "fail:1002");  // 1005 is never sent
    CHECK(read_all(frame(0x88, "\x03\xe8\xff")) == "fail:1007");
}

TEST_CASE("text that is not UTF-8 ends with 1007, as soon as that is certain [RFC6455-8.1]") {
    CHECK(read_all(frame(0x81, "\xc3\xa4")) == "text:\xc3\xa4! ");
    CHECK(read_all(frame(0x01, "\xc3") + frame(0x80, "\xa4")) == "text:\xc3. text:\xa4! ");
    CHECK(read_all(frame(0x01, "\xed\xa0")) == "fail:1007");  // the beginning of a surrogate
    CHECK(read_all(frame(0x81, "\xc3")) == "fail:1007");
    CHECK(read_all(frame(0x82, "\xc3")) == "binary:\xc3! ");
}

TEST_CASE("lengths are written in their shortest form") {
    std::uint8_t out[max_header_size];
    CHECK(write_header(out, Opcode::text, 125) - out == 2);
    CHECK(write_header(out, Opcode::text, 126) - out == 4);
    CHECK(write_header(out, Opcode::text, 65535) - out == 4);
    CHECK(write_header(out, Opcode::binary, 65536) - out == 10);
    CHECK(out[0] == 0x82);
    CHECK(out[1] == 127);
    CHECK(out[7] == 1);
}

TEST_CASE("a reason for closing that is too long is cut between characters") {
    std::string reason;
    for (int i = 0; i < 100; ++i) reason += "ä";
    const Bytes payload = close_payload(CloseCode::normal, reason);
    CHECK(payload.size() == 124);
    CHECK(is_utf8(as_bytes(payload).subspan(2)));
}

}  // namespace
}  // namespace rialto::web::test
