#pragma once

#include "adapters/web/websocket_session.hpp"
#include "core/adapter.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace rialto::web {

using Request = boost::beast::http::request<boost::beast::http::string_body>;

/// A protocol that a WebSocket of this listener can be upgraded to. Immutable, shared by all connections.
struct Upgradable {
    WebSocketProtocol protocol;
    std::function<std::unique_ptr<WebSocketSession>(WebSocketLink&)> make_session;
};

/// What became of a request to upgrade.
struct Upgrade {
    unsigned status = 101;
    const Upgradable* chosen = nullptr;
    std::string subprotocol;  ///< to be echoed; empty where none was offered
    std::string accept;       ///< Sec-WebSocket-Accept
    std::string complaint;    ///< where the status is not 101
};

/// Whether the client wants to speak WebSocket from here on. Other upgrades (h2c) are an offer that may be
/// passed over.
/// @source RFC 9110 section 7.8
bool wants_upgrade(const Request& request);

/// Checks the handshake and chooses the protocol: of the subprotocols offered the first that is known, and of
/// that protocol the best; without an offer the one that lives at `path`. Unknown offers alone are refused
/// with the list of those known, because browsers fail without a word where none is chosen. @source RFC 6455
/// section 4.2
Upgrade choose_upgrade(const Request& request, std::string_view path, std::span<const Upgradable> known);

/// @source RFC 6455 section 4.2.2, item 5.4
std::string accept_key(std::string_view key);

}  // namespace rialto::web
