#pragma once

#include <chrono>

namespace rialto {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;

}  // namespace rialto
