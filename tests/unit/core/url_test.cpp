#include "core/url.hpp"

#include <doctest/doctest.h>

using namespace rialto;

TEST_CASE("an address has a scheme, a user, a host, a port, a path and a query") {
    const Url url = *Url::parse("redis+stream://user:pa%40ss@host.example:6380/0?stream=events&a=%26b");
    CHECK(url.scheme == "redis+stream");
    CHECK(url.user == "user");
    CHECK(url.password == "pa@ss");
    CHECK(url.host == "host.example");
    CHECK(url.port == 6380);
    CHECK(url.path == "/0");
    CHECK(url.query_value("stream") == "events");
    CHECK(url.query_value("a") == "&b");
    CHECK(url.query_value("b") == std::nullopt);
}

TEST_CASE("what an address leaves out is absent") {
    const Url url = *Url::parse("MQTT://localhost");
    CHECK(url.scheme == "mqtt");
    CHECK(url.user.empty());
    CHECK(url.password == std::nullopt);
    CHECK(url.port == std::nullopt);
    CHECK(url.path.empty());
    CHECK(url.address(1883).port == 1883);
}

TEST_CASE("a password is not printed") {
    CHECK(Url::parse("mqtts://rialto:secret@plant:8883/x")->text() == "mqtts://rialto:***@plant:8883/x");
    CHECK(Url::parse("mqtt://[::1]:1883")->text() == "mqtt://[::1]:1883");
    CHECK(Url::parse("unix:///run/x.sock")->text() == "unix:///run/x.sock");
    CHECK(Url::parse("zmq:")->text() == "zmq:");
}

TEST_CASE("an IPv6 host stands without its brackets, a unix socket is its path") {
    CHECK(Url::parse("mqtt://[::1]:1883")->address(0).host == "::1");
    const Address address = Url::parse("unix:///run/rialto/mqtt.sock")->address(1883);
    CHECK(address.is_unix());
    CHECK(address.unix_path == "/run/rialto/mqtt.sock");
}

TEST_CASE("port 0 asks for any") { CHECK(Url::parse("mqtt://127.0.0.1:0")->address(1883).port == 0); }

TEST_CASE("what is no address is refused with the reason") {
    const auto why = [](std::string_view text) {
        const auto url = Url::parse(text);
        return url.has_error() ? url.error().message : "taken";
    };
    CHECK(why("localhost").find("no scheme") != std::string::npos);
    CHECK(why("").find("empty") != std::string::npos);
    CHECK(why("mqtt://host:99999").find("65535") != std::string::npos);
    CHECK(why("mqtt://us er@host").find("%20") != std::string::npos);
    CHECK(why("mqtt://a^b@host").find("%5E") != std::string::npos);
    CHECK(why("mqtt://host:port").find("'port' is no port") != std::string::npos);
}
