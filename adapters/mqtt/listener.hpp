#pragma once

#include "adapters/mqtt/server.hpp"
#include "core/options.hpp"

#include <memory>

namespace rialto::mqtt {

/// The options of an MQTT listener.
const Schema& listener_schema();

/// What they say. @error invalid  a mount point or a filter that is none
Result<std::shared_ptr<const Limits>> limits_from(std::string name, const OptionValues& options);

/// MQTT on any stream of bytes: each session is the server's side of one connection. `server` outlives it.
std::shared_ptr<StreamService> make_stream_service(Server& server, std::shared_ptr<const Limits> limits);

}  // namespace rialto::mqtt
