#pragma once

#include <string>
#include <vector>

#include "bridge/config.hpp"
#include "bridge/option_reader.hpp"

namespace rialto::bridge {

/// Reads `[[routes]]`; null where the file has none. What can't be read is reported and left out.
/// @param places  all names that an address may begin with
std::vector<RouteConfig> read_routes(const toml::node* node, const std::vector<std::string>& places,
                                     ReadingContext& context);

}  // namespace rialto::bridge
