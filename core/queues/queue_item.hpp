#pragma once

#include "core/message.hpp"
#include "core/receipt.hpp"

#include <cstdint>
#include <vector>

namespace rialto {

/// A message on its way through a queue. To drop one says nothing: whoever is done with it tells the queue.
struct QueueItem {
    MessagePtr message;
    Receipt receipt;  ///< only where the queue was full and is in memory alone: settles when the message leaves it
    bool is_redelivered = false;
    std::vector<ClientNumber> refused_by{};  ///< consumers that did not want it
    std::uint64_t number = 0;                ///< in the gateway's store; 0 where it is in memory alone
};

}  // namespace rialto
