#pragma once

#include <vector>

#include "bridge/config.hpp"
#include "bridge/option_reader.hpp"

namespace rialto::bridge {

enum class EndpointKind : std::uint8_t { listener, backend };

/// Reads `[listeners]` or `[backends]`; null where the file has none. What can't be read is reported and left out.
std::vector<EndpointConfig> read_endpoints(EndpointKind kind, const toml::table* tables, const Gateway& catalog,
                                           ReadingContext& context);

/// Whether a listener, backend or route may be called so: letters, digits, '-', '_' and '.'.
bool is_sound_name(std::string_view name) noexcept;

}  // namespace rialto::bridge
