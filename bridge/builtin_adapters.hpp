#pragma once

#include "core/gateway.hpp"

namespace rialto::bridge {

/// Gives the gateway every protocol that this program was built with.
void add_builtin_adapters(Gateway& gateway);

}  // namespace rialto::bridge
