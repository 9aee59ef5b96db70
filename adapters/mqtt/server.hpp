#pragma once

#include "adapters/mqtt/sessions.hpp"
#include "core/log.hpp"

#include <memory>
#include <vector>

namespace rialto::mqtt {

/// The broker behind all MQTT listeners of a gateway, WebSocket ones too: one set of sessions for each shard.
/// @thread any for sessions_of; each Sessions lives on its shard
class Server {
public:
    explicit Server(Gateway& gateway);

    /// Brings back the sessions in the gateway's store. Before any shard runs. @error invalid  something is damaged
    Result<void> restore();

    Gateway& gateway() noexcept { return gateway_; }
    /// Lets one line about refused clients through at a time.
    log::RateLimit& refusals() noexcept { return refusals_; }
    Sessions& sessions_of(const Shard& shard) noexcept { return *by_shard_[shard.index()]; }

private:
    Gateway& gateway_;
    SessionDirectory directory_;
    std::vector<std::unique_ptr<Sessions>> by_shard_;
    log::RateLimit refusals_;
};

}  // namespace rialto::mqtt
