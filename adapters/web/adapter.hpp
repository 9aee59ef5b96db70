#pragma once

#include <memory>

#include "core/adapter.hpp"

namespace rialto::web {

/// Listeners of http and https. No backends.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::web
