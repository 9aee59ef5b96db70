#include <doctest/doctest.h>

#include "adapters/amqp/engine/frame_guard.hpp"
#include "tests/unit/amqp/frames.hpp"

using namespace rialto;
using namespace rialto::amqp;
using namespace rialto::amqp::testing;

namespace {

constexpr FrameLimits limits{.frame_size = 1000, .handles = 4, .channels = 2};

/// Nothing where all is let through; otherwise why not.
std::string verdict(std::string_view octets) {
    FrameGuard guard(limits);
    const auto checked = guard.check(as_bytes(octets));
    if (checked.has_error()) return checked.error().message;
    return *checked == octets.size() ? "" : "incomplete";
}

const std::string opened = header() + frame(0, open_performative());
const std::string attached = opened + frame(0, begin_performative()) + frame(0, attach_performative(0));

}  // namespace

TEST_CASE("a client's usual frames go through") {
    CHECK(verdict(attached + frame(0, transfer_performative(0, 0, false), "hello") + frame(0, close_performative())) == "");
    CHECK(verdict(opened + empty_frame()) == "");
}

TEST_CASE("a frame goes through once it is whole") {
    FrameGuard guard(limits);
    for (std::size_t size = 0; size < opened.size(); ++size) {
        const auto checked = FrameGuard(limits).check(as_bytes(std::string_view(opened).substr(0, size)));
        REQUIRE(checked.has_value());
        CHECK(*checked == (size < 8 ? 0U : 8U));
    }
    CHECK(guard.check(as_bytes(opened)).value() == opened.size());
}

TEST_CASE("the first transfer of a delivery needs an id, for Proton ends the process without [PROTON-2853]") {
    CHECK(verdict(attached + frame(0, transfer_without_id(0, true), "hello")) ==
          "the first transfer of a delivery has no delivery-id");
    CHECK(verdict(attached + frame(0, transfer_performative(0, 0, true), "he") + frame(0, transfer_without_id(0, false), "llo")) == "");
    CHECK(verdict(attached + frame(0, transfer_performative(0, 0, false), "hello") + frame(0, transfer_without_id(0, false), "x")) != "");
}

TEST_CASE("frames have limits") {
    CHECK(verdict(opened + frame(0, begin_performative(), std::string(2000, 'x'))).find("octets") != std::string::npos);
    CHECK(verdict(opened + frame(2, begin_performative())) == "channel 2");
    CHECK(verdict(opened + frame(0, begin_performative()) + frame(0, attach_performative(4))) == "link handle 4");
}

TEST_CASE("frames that are none end the connection") {
    CHECK(verdict(opened + std::string("\0\0\0\x07\x02\0\0\0", 8)) == "a frame is smaller than its header");
    CHECK(verdict(opened + std::string("\0\0\0\x08\x01\0\0\0", 8)) == "a frame's data offset is out of its range");
    CHECK(verdict(opened + std::string("\0\0\0\x08\x03\0\0\0", 8)) == "a frame's data offset is out of its range");
    CHECK(verdict(opened + std::string("\0\0\0\x08\x02\x05\0\0", 8)) == "a frame of an unknown kind");
    CHECK(verdict(header() + frame(0, begin_performative())) == "a frame came before open");
    CHECK(verdict(opened + frame(0, open_performative())) == "a second open frame");
    CHECK(verdict(opened + frame(0, close_performative()) + frame(0, begin_performative())) == "a frame came after close");
    CHECK(verdict(opened + header()) == "a protocol header came in the middle");
    CHECK(verdict(opened + frame(0, close_performative(), "tail")) == "octets follow a performative");
}

TEST_CASE("fields of the wrong type, too many and too few end the connection") {
    CHECK(verdict(opened + frame(0, performative(0x11, {"\x40"}))) == "a performative lacks a mandatory field");
    CHECK(verdict(opened + frame(0, performative(0x11, {"\x40", "\xa1\x01x", "\x43", "\x43"}))) ==
          "a field of a performative has the wrong type");
    CHECK(verdict(opened + frame(0, performative(0x17, {"\x40", "\x40"}))) == "a performative has too many fields");
    CHECK(verdict(header() + frame(0, performative(0x10, {"\x40"}))) == "open lacks a container id");
}
