#include "adapters/web/handshake.hpp"

#include <doctest/doctest.h>

namespace rialto::web {
namespace {

namespace http = boost::beast::http;

const std::vector<Upgradable>& known() {
    static const std::vector<Upgradable> list{
        {{{"rialto.v1.json"}, "/ws", true, true}, {}},
        {{{"mqtt", "mqttv3.1"}, "/mqtt", false, false}, {}},
        {{{"v12.stomp", "v11.stomp", "v10.stomp"}, "/stomp", true, true}, {}}};
    return list;
}

Request upgrade_of(const std::string& offers = {}) {
    Request request{http::verb::get, "/ws", 11};
    request.set(http::field::host, "localhost");
    request.set(http::field::connection, "keep-alive, Upgrade");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::sec_websocket_version, "13");
    request.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    if (!offers.empty()) request.set(http::field::sec_websocket_protocol, offers);
    return request;
}

std::string chosen(const std::string& offers, std::string_view path = "/ws") {
    const auto upgrade = choose_upgrade(upgrade_of(offers), path, known());
    return upgrade.chosen ? upgrade.subprotocol + "@" + upgrade.chosen->protocol.path
                          : std::to_string(upgrade.status);
}

TEST_CASE("the accept key is the one of the standard's example [RFC6455-1.3]") {
    CHECK(accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(choose_upgrade(upgrade_of("mqtt"), "/", known()).accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("the subprotocol decides, whatever the path") {
    CHECK(chosen("mqtt", "/ws") == "mqtt@/mqtt");
    CHECK(chosen("rialto.v1.json", "/mqtt") == "rialto.v1.json@/ws");
    CHECK(chosen("mqttv3.1", "/") == "mqttv3.1@/mqtt");
}

TEST_CASE("of a protocol's versions the best that is offered is chosen") {
    CHECK(chosen("v12.stomp, v11.stomp, v10.stomp") == "v12.stomp@/stomp");
    CHECK(chosen("v10.stomp, v11.stomp") == "v11.stomp@/stomp");
}

TEST_CASE("unknown subprotocols are passed over, and refused with the list when there is nothing else") {
    CHECK(chosen("graphql-ws, mqtt") == "mqtt@/mqtt");
    CHECK(chosen("rialto.v1.json, rialto.auth.c2VjcmV0") == "rialto.v1.json@/ws");
    const auto refused = choose_upgrade(upgrade_of("graphql-ws"), "/ws", known());
    CHECK(refused.status == 400);
    CHECK(refused.complaint.find("rialto.v1.json, mqtt, mqttv3.1, v12.stomp") != std::string::npos);
}

TEST_CASE("without an offer the path decides, and nothing is echoed") {
    CHECK(chosen("", "/ws") == "@/ws");
    CHECK(chosen("", "/mqtt") == "@/mqtt");
    CHECK(chosen("", "/stomp") == "@/stomp");
    CHECK(chosen("", "/") == "400");
}

TEST_CASE("an offer to speak something else is passed over [RFC9110-7.8]") {
    auto request = upgrade_of();
    CHECK(wants_upgrade(request));
    request.set(http::field::upgrade, "h2c");
    CHECK_FALSE(wants_upgrade(request));
    request.set(http::field::upgrade, "h2c, WebSocket");
    CHECK(wants_upgrade(request));
}

TEST_CASE("a handshake that is not one is refused, and says what is missing") {
    const auto status_with = [](http::field field, const char* value) {
        auto request = upgrade_of();
        request.set(field, value);
        return choose_upgrade(request, "/ws", known()).status;
    };
    CHECK(status_with(http::field::sec_websocket_version, "8") == 426);
    CHECK(status_with(http::field::sec_websocket_key, "short") == 400);
    auto post = upgrade_of();
    post.method(http::verb::post);
    CHECK(choose_upgrade(post, "/ws", known()).status == 400);
    auto old = upgrade_of();
    old.version(10);
    CHECK(choose_upgrade(old, "/ws", known()).status == 400);
}

}  // namespace
}  // namespace rialto::web
