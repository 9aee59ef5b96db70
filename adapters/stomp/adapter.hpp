#pragma once

#include "core/adapter.hpp"
#include "core/gateway.hpp"

#include <memory>

namespace rialto::stomp {

/// STOMP 1.0, 1.1 and 1.2 for clients: `stomp://` and `stomps://` listeners, and `v12.stomp` over WebSocket.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::stomp
