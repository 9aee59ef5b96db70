#include "adapters/web/handshake.hpp"

#include <algorithm>
#include <array>

#include <boost/beast/http/rfc7230.hpp>
#include <openssl/evp.h>

namespace rialto::web {
namespace http = boost::beast::http;

namespace {

Upgrade refuse(unsigned status, std::string complaint) {
    Upgrade upgrade;
    upgrade.status = status;
    upgrade.complaint = std::move(complaint);
    return upgrade;
}

/// 16 bytes in base64. @source RFC 6455 section 4.1, item 7
bool is_key(std::string_view key) {
    if (key.size() != 24 || !key.ends_with("==")) return false;
    return std::all_of(key.begin(), key.end() - 2, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '/';
    });
}

std::vector<std::string> offers_of(const Request& request) {
    std::vector<std::string> offers;
    const auto lines = request.equal_range(http::field::sec_websocket_protocol);
    for (auto line = lines.first; line != lines.second; ++line) {
        for (const auto token : http::token_list(line->value())) offers.emplace_back(token);
    }
    return offers;
}

bool offers_name(const std::vector<std::string>& offers, const std::string& name) {
    return std::find(offers.begin(), offers.end(), name) != offers.end();
}

std::string names_of(std::span<const Upgradable> known) {
    std::string list;
    for (const auto& each : known) {
        for (const auto& name : each.protocol.subprotocols) list += (list.empty() ? "" : ", ") + name;
    }
    return list;
}

bool is_offered(const Upgradable& each, const std::string& offer) {
    return offers_name(each.protocol.subprotocols, offer);
}

Upgrade choose_by_offer(const std::vector<std::string>& offers, std::span<const Upgradable> known) {
    for (const auto& offer : offers) {
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&](const auto& each) { return is_offered(each, offer); });
        if (found == known.end()) continue;
        const auto& names = found->protocol.subprotocols;
        Upgrade upgrade;
        upgrade.chosen = &*found;
        upgrade.subprotocol = *std::find_if(names.begin(), names.end(),
                                            [&](const auto& name) { return offers_name(offers, name); });
        return upgrade;
    }
    return refuse(400,
                  "none of the WebSocket subprotocols offered is known here; known are: " + names_of(known));
}

Upgrade choose_by_path(std::string_view path, std::span<const Upgradable> known) {
    for (const auto& each : known) {
        if (each.protocol.path != path) continue;
        Upgrade upgrade;
        upgrade.chosen = &each;
        return upgrade;
    }
    return refuse(400, "offer a WebSocket subprotocol, or use a path that stands for one; known are: " +
                           names_of(known));
}

}  // namespace

bool wants_upgrade(const Request& request) {
    return http::token_list(request[http::field::connection]).exists("upgrade") &&
           http::token_list(request[http::field::upgrade]).exists("websocket");
}

std::string accept_key(std::string_view key) {
    const std::string salted = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(salted.data(), salted.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 32> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

Upgrade choose_upgrade(const Request& request, std::string_view path, std::span<const Upgradable> known) {
    if (request.method() != http::verb::get || request.version() < 11) {
        return refuse(400, "a WebSocket begins with a GET of HTTP/1.1");
    }
    if (request[http::field::sec_websocket_version] != "13") {
        return refuse(426, "only version 13 of the WebSocket protocol is spoken here");
    }
    const std::string_view key = request[http::field::sec_websocket_key];
    if (!is_key(key) || request.count(http::field::sec_websocket_key) != 1) {
        return refuse(400, "Sec-WebSocket-Key has to be 16 bytes in base64");
    }
    const auto offers = offers_of(request);
    const bool has_offers = request.count(http::field::sec_websocket_protocol) != 0;
    Upgrade upgrade = has_offers ? choose_by_offer(offers, known) : choose_by_path(path, known);
    if (upgrade.chosen) upgrade.accept = accept_key(key);
    return upgrade;
}

}  // namespace rialto::web
