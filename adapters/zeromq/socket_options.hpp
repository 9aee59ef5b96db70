#pragma once

#include <string>
#include <vector>
#include <zmq.hpp>

#include "adapters/zeromq/settings.hpp"

namespace rialto::zeromq {

enum class SocketKind : std::uint8_t { subscriber, puller, publisher, pusher };

/// How ZeroMQ calls it: "SUB". A publisher is an XPUB, which is told of subscriptions.
const char* name_of(SocketKind kind) noexcept;

/// What one socket is for.
struct SocketPlan {
    SocketKind kind;
    std::vector<Endpoint> endpoints;
    std::vector<std::string> prefixes;  ///< of a subscriber
    SocketSettings settings;

    bool binds() const noexcept;
    bool sends() const noexcept { return kind == SocketKind::publisher || kind == SocketKind::pusher; }
    /// Whether peers tell each other what they want.
    bool has_subscriptions() const noexcept { return kind == SocketKind::subscriber || kind == SocketKind::publisher; }
};

/// A socket with all options that have to be there before it meets anybody. ZeroMQ's own heartbeats stay off: with a long
/// timeout and a full receive queue they end the process.
/// @throws zmq::error_t
zmq::socket_t make_socket(zmq::context_t& context, const SocketPlan& plan);

}  // namespace rialto::zeromq
