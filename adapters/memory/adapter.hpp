#pragma once

#include <memory>

#include "core/adapter.hpp"

namespace rialto::memory {

/// The scheme `memory:NAME`: backends with the same NAME meet at one broker inside this process.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::memory
