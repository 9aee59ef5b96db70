#pragma once

#include <memory>
#include <vector>

#include "adapters/mqtt/sessions.hpp"

namespace rialto::mqtt {

/// The broker behind all MQTT listeners of a gateway, WebSocket ones too: one set of sessions for each shard.
/// @thread any for sessions_of; each Sessions lives on its shard
class Server {
public:
    explicit Server(Gateway& gateway);

    Gateway& gateway() noexcept { return gateway_; }
    Sessions& sessions_of(const Shard& shard) noexcept { return *by_shard_[shard.index()]; }

private:
    Gateway& gateway_;
    std::vector<std::unique_ptr<Sessions>> by_shard_;
};

}  // namespace rialto::mqtt
