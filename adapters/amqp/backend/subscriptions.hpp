#pragma once

#include <set>
#include <string>
#include <utility>

#include "adapters/amqp/backend/lost_reader.hpp"

namespace rialto::amqp {

/// What a broker keeps for a backend's sources, so that the next one can take back what it does not want any more: kept by
/// the backend, as sources come and go when the file changes. Lives on: one shard.
struct Subscriptions {
    std::set<std::pair<std::string, std::string>> links;  ///< name and address of durable ones
    std::set<std::string> keys;                           ///< bound to the queue at RabbitMQ
    LostReader lost_reader;                               ///< of that queue
};

}  // namespace rialto::amqp
