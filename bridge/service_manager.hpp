#pragma once

#include <string_view>

namespace rialto::bridge {

/// Tells systemd how we are, where it started us and wants to know: "READY=1", "STOPPING=1".
/// @source sd_notify(3)
void tell_service_manager(std::string_view state) noexcept;

}  // namespace rialto::bridge
