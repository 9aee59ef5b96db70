#include "adapters/web/origin.hpp"

#include <doctest/doctest.h>

namespace rialto::web {
namespace {

OriginRules rules(OriginRules::Settings settings = {}) {
    return OriginRules::make(settings).value();
}

TEST_CASE("our own origin is the one that the Host header has, with the listener's scheme") {
    CHECK(rules().allows_origin("http://127.0.0.1:8080", "127.0.0.1:8080"));
    CHECK(rules().allows_origin("http://App.Example", "app.example:80"));
    CHECK(rules().allows_origin("http://[::1]:8080", "[::1]:8080"));
    CHECK(rules({.is_tls = true}).allows_origin("https://app.example", "app.example"));
}

TEST_CASE("what only looks like our own origin is foreign") {
    const auto ours = rules();
    CHECK_FALSE(ours.allows_origin("https://127.0.0.1:8080", "127.0.0.1:8080"));
    CHECK_FALSE(ours.allows_origin("http://127.0.0.1:8081", "127.0.0.1:8080"));
    CHECK_FALSE(ours.allows_origin("http://127.0.0.1", "127.0.0.1:8080"));
    CHECK_FALSE(ours.allows_origin("http://127.0.0.1.elsewhere.example:8080", "127.0.0.1:8080"));
    CHECK_FALSE(ours.allows_origin("http://evil@127.0.0.1:8080", "127.0.0.1:8080"));
    CHECK_FALSE(ours.allows_origin("null", "127.0.0.1:8080"));
    CHECK_FALSE(ours.allows_origin("", "127.0.0.1:8080"));
}

TEST_CASE("an allowed origin is met exactly, or below its wildcard") {
    const auto allowed = rules({.allowed_origins = {"https://app.example", "https://*.shop.example"}});
    CHECK(allowed.allows_origin("https://app.example", "gateway.example"));
    CHECK(allowed.allows_origin("https://app.example:443", "gateway.example"));
    CHECK(allowed.allows_origin("https://a.b.shop.example", "gateway.example"));
    CHECK_FALSE(allowed.allows_origin("https://shop.example", "gateway.example"));
    CHECK_FALSE(allowed.allows_origin("https://evilshop.example", "gateway.example"));
    CHECK_FALSE(allowed.allows_origin("http://app.example", "gateway.example"));
    CHECK_FALSE(allowed.allows_origin("https://app.example.elsewhere", "gateway.example"));
    CHECK_FALSE(allowed.is_listed("http://gateway.example"));
}

TEST_CASE("'*' allows every origin, the opaque one too") {
    CHECK(rules({.allowed_origins = {"*"}}).allows_origin("null", "x"));
}

TEST_CASE("an allowed origin that is none is an error that names it") {
    const auto wrong = OriginRules::make({.allowed_origins = {"app.example"}});
    REQUIRE(wrong.has_error());
    CHECK(wrong.error().message.find("'app.example'") != std::string::npos);
    CHECK(OriginRules::make({.allowed_origins = {"https://a.*.example"}}).has_error());
}

TEST_CASE("a listener on loopback answers to loopback's names alone, against DNS rebinding") {
    const auto local = rules(
        {.allowed_origins = {"https://app.example"}, .allowed_hosts = {"rialto.lan"}, .checks_host = true});
    CHECK(local.allows_host("127.0.0.1:8080"));
    CHECK(local.allows_host("localhost"));
    CHECK(local.allows_host("demo.localhost:8080"));
    CHECK(local.allows_host("[::1]:8080"));
    CHECK(local.allows_host("Rialto.LAN:8080"));
    CHECK(local.allows_host("app.example"));
    CHECK_FALSE(local.allows_host("attacker.example:8080"));
    CHECK_FALSE(local.allows_host("127.0.0.1.attacker.example"));
    CHECK_FALSE(local.allows_host("127.0.0.1:x"));
    CHECK(rules().allows_host("whatever.example"));
}

}  // namespace
}  // namespace rialto::web
