#pragma once

#include "adapters/stomp/limits.hpp"
#include "core/options.hpp"

namespace rialto::stomp {

/// The options of `[listeners.NAME]` with a `stomp://` or `stomps://` url.
const Schema& listener_schema();

/// The limits that the options set; the others are as they are.
[[nodiscard]] Limits limits_from(const OptionValues& options);

}  // namespace rialto::stomp
