#pragma once

#include <string>

#include "core/gateway.hpp"

namespace rialto::bridge {

/// A configuration that runs, with every option of this program, each with its meaning and its default:
/// configs/reference.toml, made from what the adapters of `catalog` and the bridge declare.
std::string reference_config(const Gateway& catalog);

}  // namespace rialto::bridge
