#pragma once

#include <string_view>

namespace rialto::bridge {

/// The name of the gateway's own topic tree among places.
inline constexpr std::string_view bus_place = "bus";

}  // namespace rialto::bridge
