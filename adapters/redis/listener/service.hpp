#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/listener/request.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"

namespace rialto::redis {

struct ListenerLimits {
    RequestLimits request;
    std::size_t subscriptions = 10'000;          ///< of one client
    std::size_t backlog = 32 * 1024 * 1024;      ///< bytes that a client has not read; then it is sent away, as Redis does
    std::size_t unsettled = 1024;                ///< messages of one client that wait for their reply
};

/// The options of a Redis listener beside those of every listener.
const Schema& listener_schema();
ListenerLimits listener_limits_from(const OptionValues& options);

/// The Redis protocol for clients of the gateway: what all connections of one listener have in common. @thread any
class Service final : public StreamService {
public:
    /// One shard's counts.
    struct Counts {
        Counter& received;
        Counter& sent;
        Counter& dropped;
    };

    /// `gateway` outlives the service.
    Service(Gateway& gateway, std::string listener, ListenerLimits limits);

    std::unique_ptr<StreamSession> open_session(Wire& wire) override;

    Gateway& gateway() const noexcept { return gateway_; }
    const std::string& listener() const noexcept { return listener_; }
    const ListenerLimits& limits() const noexcept { return limits_; }
    Counts& counts(const Shard& shard) noexcept { return counts_[shard.index()]; }
    log::RateLimit& refusals() noexcept { return refusals_; }

private:
    Gateway& gateway_;
    const std::string listener_;
    const ListenerLimits limits_;
    std::vector<Counts> counts_;  ///< by shard
    log::RateLimit refusals_;
};

}  // namespace rialto::redis
