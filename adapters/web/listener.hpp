#pragma once

#include "adapters/web/settings.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"

#include <memory>

namespace rialto::web {

/// A web listener: HTTP, and WebSocket for the live socket and for every protocol that another adapter of the
/// gateway offers. The gateway has all its adapters when it is started. @thread the main one
/// @error invalid  an allowed origin that is none, a static_dir that is not there
Result<std::unique_ptr<Listener>> make_web_listener(Gateway& gateway, Settings settings);

}  // namespace rialto::web
