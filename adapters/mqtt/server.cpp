#include "adapters/mqtt/server.hpp"

namespace rialto::mqtt {

Server::Server(Gateway& gateway) : gateway_(gateway) {
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
        by_shard_.push_back(std::make_unique<Sessions>(gateway, gateway.shard(i), directory_));
    }
}

}  // namespace rialto::mqtt
