#include "adapters/amqp/backend/methods_0_9_1.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::amqp::v091;

namespace {

Bytes bytes(std::string_view text) { return Bytes(text); }

}  // namespace

TEST_CASE("methods are written as the specification says") {
    CHECK(channel_open() == bytes({"\x01\0\x01\0\0\0\x05\0\x14\0\x0A\0\xCE", 13}));
    CHECK(open("/") == bytes({"\x01\0\0\0\0\0\x08\0\x0A\0\x28\x01/\0\0\xCE", 16}));
    CHECK(declare_queue("q") == bytes({"\x01\0\x01\0\0\0\x0D\0\x32\0\x0A\0\0\x01q\x02\0\0\0\0\xCE", 21}));
    CHECK(bind_queue("q", "x", "k") == bytes({"\x01\0\x01\0\0\0\x11\0\x32\0\x14\0\0\x01q\x01x\x01k\0\0\0\0\0\xCE", 25}));
    CHECK(unbind_queue("q", "x", "k") == bytes({"\x01\0\x01\0\0\0\x10\0\x32\0\x32\0\0\x01q\x01x\x01k\0\0\0\0\xCE", 24}));
    CHECK(close_connection_ok() == bytes({"\x01\0\0\0\0\0\x04\0\x0A\0\x33\xCE", 12}));
}

TEST_CASE("the broker's limits are agreed to, but no heartbeats") {
    const std::string_view tune("\x07\xFF\0\x02\0\0\0\x3C", 8);
    CHECK(tune_ok(tune) == bytes({"\x01\0\0\0\0\0\x0C\0\x0A\0\x1F\x07\xFF\0\x02\0\0\0\0\xCE", 20}));
    CHECK(tune_ok("short") == bytes({"\x01\0\0\0\0\0\x0C\0\x0A\0\x1F\0\x01\0\0\x10\0\0\0\xCE", 20}));
}

TEST_CASE("a frame that was cut anywhere is a part, and whole with its last octet") {
    const Bytes whole = declare_queue("orders");
    Frame frame;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK(read_frame(std::string_view(whole).substr(0, size), frame) == (size == 0 ? Reading::part : Reading::part));
    }
    REQUIRE(read_frame(whole + "more", frame) == Reading::whole);
    CHECK(frame.size == whole.size());
    CHECK(frame.method == Method::queue_declare);
}

TEST_CASE("what is no frame is broken") {
    Frame frame;
    Bytes wrong_end = channel_open();
    wrong_end.back() = 'x';
    CHECK(read_frame(wrong_end, frame) == Reading::broken);
    CHECK(read_frame(std::string_view("AMQP\x00\x01\x00\x00", 8), frame) == Reading::broken);
    CHECK(read_frame(std::string_view("\x01\0\0\x7F\0\0\0", 7), frame) == Reading::broken);
    CHECK(read_frame(std::string_view("\x01\0\0\0\0\0\x02\0\x0A\xCE", 10), frame) == Reading::broken);
}

TEST_CASE("a frame that is no method is passed over") {
    Frame frame;
    REQUIRE(read_frame(std::string_view("\x08\0\0\0\0\0\0\xCE", 8), frame) == Reading::whole);
    CHECK_FALSE(frame.method.has_value());
}

TEST_CASE("a declared queue says how many read it") {
    const std::string_view declared("\x03our\0\0\0\x09\0\0\x01\x02", 12);
    CHECK(consumers_of(declared) == 0x102);
    for (std::size_t size = 0; size < declared.size(); ++size) CHECK(consumers_of(declared.substr(0, size)) == 0);
}

TEST_CASE("a refusal has a code and a text") {
    const Refusal refusal = refusal_of(std::string_view("\x01\x93\x07REFUSED\0\0\0\0", 14));
    CHECK(refusal.code == 403);
    CHECK(refusal.text == "REFUSED");
    CHECK(refusal_of("").code == 0);
    CHECK(refusal_of(std::string_view("\x01\x93\xFFx", 4)).text == "x");
}
