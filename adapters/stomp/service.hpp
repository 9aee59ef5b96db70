#pragma once

#include "adapters/stomp/limits.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "core/queues/queues.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rialto::stomp {

/// STOMP on any transport: what all connections of one listener have in common. @thread any
class Service final : public StreamService {
public:
    /// One shard's counts.
    struct Counts {
        Counter& received;
        Counter& sent;
        Counter& dropped;
    };

    /// `gateway` outlives the service.
    Service(Gateway& gateway, std::string listener, const Limits& limits, std::shared_ptr<Queues> queues);

    std::unique_ptr<StreamSession> open_session(Wire& wire) override;

    Gateway& gateway() const noexcept { return gateway_; }
    const std::string& listener() const noexcept { return listener_; }
    const Limits& limits() const noexcept { return limits_; }
    Queues& queues() const noexcept { return *queues_; }
    Counts& counts(const Shard& shard) noexcept { return counts_[shard.index()]; }
    log::RateLimit& refusals() noexcept { return refusals_; }

private:
    Gateway& gateway_;
    const std::string listener_;
    const Limits limits_;
    std::shared_ptr<Queues> queues_;
    std::vector<Counts> counts_;  ///< by shard
    log::RateLimit refusals_;
};

}  // namespace rialto::stomp
