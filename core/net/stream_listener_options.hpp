#pragma once

#include "core/net/stream_listener.hpp"
#include "core/options.hpp"

namespace rialto {

/// The options that every listener of a byte stream has: `max_connections` and `tls`. A protocol includes them in its own
/// schema.
const Schema& stream_listener_schema();

/// What they and the url say. `adapter` knows the scheme's default port and whether it is TLS.
/// @error invalid  TLS files that OpenSSL does not take
Result<StreamListener::Settings> stream_listener_settings(const Adapter& adapter, const ListenerSettings& settings);

}  // namespace rialto
