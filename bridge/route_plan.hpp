#pragma once

#include <functional>

#include "bridge/config.hpp"
#include "bridge/route.hpp"

namespace rialto::bridge {

/// The link of a backend; null for the bus.
using FindLink = std::function<Link*(const std::string& place)>;

/// What the engine needs to know of a route, from what the file says.
/// @param replies  for a route that brings answers back
Route::Settings route_settings(const RouteConfig& config, const FindLink& find_link, ReplyDesk& replies);

/// The connection to a backend, not yet opened. @thread the shard's, or the main one before start()
/// @error invalid  what the adapter refuses
Result<std::unique_ptr<Link>> make_link(Gateway& gateway, const EndpointConfig& endpoint, Shard& shard);

/// The way to a backend alone: what a link that stays is given. @thread, @error  likewise
Result<std::unique_ptr<Backend>> make_backend(Gateway& gateway, const EndpointConfig& endpoint, Shard& shard);
/// Whether a link that has `now` can go on with `wanted`: all that is its own, as limits and spool, stays as it is.
bool can_exchange(const EndpointConfig& now, const EndpointConfig& wanted);

/// The adapter of `gateway` that the endpoint is for; the configuration was read with a catalog of the same ones.
Adapter& find_adapter(Gateway& gateway, const EndpointConfig& endpoint);

}  // namespace rialto::bridge
