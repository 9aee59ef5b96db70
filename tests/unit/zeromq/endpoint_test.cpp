#include "adapters/zeromq/endpoint.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::zeromq;

namespace {

Endpoint bound(const char* address) { return {address, true}; }
Endpoint connected(const char* address) { return {address, false}; }

std::string complaint(std::string_view text, Unmarked unmarked = Unmarked::connects) {
    const auto endpoint = parse_endpoint(text, unmarked);
    return endpoint ? std::string() : endpoint.error().message;
}

}  // namespace

TEST_CASE("an endpoint without a mark does what its list does") {
    CHECK(parse_endpoint("tcp://*:6543", Unmarked::binds).value() == bound("tcp://*:6543"));
    CHECK(parse_endpoint("tcp://host:6543", Unmarked::connects).value() == connected("tcp://host:6543"));
}

TEST_CASE("'>' connects and '@' binds, whatever the list does") {
    for (const auto unmarked : {Unmarked::binds, Unmarked::connects}) {
        CHECK(parse_endpoint(">tcp://host:1", unmarked).value() == connected("tcp://host:1"));
        CHECK(parse_endpoint("@tcp://*:65535", unmarked).value() == bound("tcp://*:65535"));
    }
}

TEST_CASE("IPv6 stands in brackets, unix sockets are paths") {
    CHECK(parse_endpoint("tcp://[::1]:6543", Unmarked::connects).value() == connected("tcp://[::1]:6543"));
    CHECK(parse_endpoint("@ipc:///run/x.sock", Unmarked::connects).value() == bound("ipc:///run/x.sock"));
    CHECK(complaint("tcp://::1:6543").find("brackets") != std::string::npos);
}

TEST_CASE("what is no endpoint is told with its text") {
    for (const char* text : {"", ">", "@>tcp://host:1", "tcp://", "tcp://host", "tcp://:1", "tcp://host:", "tcp://host:0",
                             "tcp://host:65536", "tcp://host:12x", "tcp://host:*", "tcp://ho st:1", "tcp://eth0;host:1",
                             "ipc://", "ipc://*", "inproc://x", "udp://host:1", "host:1", " tcp://host:1"}) {
        CAPTURE(text);
        CHECK(complaint(text).find("'" + std::string(text) + "' is no endpoint") == 0);
    }
    CHECK_FALSE(complaint("ipc://" + std::string(108, 'x')).empty());
    CHECK(complaint("ipc://" + std::string(107, 'x')).empty());
}

TEST_CASE("every address of this machine is for binding") {
    CHECK_FALSE(complaint("tcp://*:1", Unmarked::connects).empty());
    CHECK(complaint("@tcp://*:1", Unmarked::connects).empty());
}
