#pragma once

#include "core/adapter.hpp"

#include <memory>

namespace rialto::mqtt {

/// MQTT 3.1, 3.1.1 and 5.0: listeners for `mqtt:`, `mqtts:` and `unix:`, and over WebSocket; backends for the same
/// schemes, in 5.0 and 3.1.1.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::mqtt
