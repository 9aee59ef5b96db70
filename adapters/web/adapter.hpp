#pragma once

#include "core/adapter.hpp"

#include <memory>

namespace rialto::web {

/// Listeners of http and https. No backends.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::web
