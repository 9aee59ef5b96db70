#pragma once

#include <chrono>
#include <cstddef>

namespace rialto {

/// What queues may hold.
struct QueueLimits {
    std::size_t queues = 10'000;                 ///< names in use
    std::size_t messages = 10'000;               ///< waiting in one queue for a consumer
    std::size_t size = 64 * 1024 * 1024;         ///< octets of them
    std::size_t all_size = 256 * 1024 * 1024;    ///< octets of what waits in all queues
    std::chrono::seconds idle_time{60};          ///< an empty queue without consumers is forgotten after this
};

}  // namespace rialto
