#pragma once

#include "adapters/web/handshake.hpp"
#include "adapters/web/http_resources.hpp"
#include "adapters/web/origin.hpp"
#include "adapters/web/settings.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rialto::web {

/// All that the connections of one listener share. Immutable but for the counters. @thread any
struct Site {
    struct Counts {
        Counter& answered;  ///< requests answered
        Counter& refused;   ///< of these, with a status of 400 and above
        Counter& upgraded;
    };

    const Settings& settings;
    OriginRules origins;
    HttpResources resources;
    std::vector<Upgradable> protocols;
    std::vector<Counts> counts;  ///< by shard
    mutable log::RateLimit origin_refusals = log::RateLimit();
    mutable log::RateLimit broken_requests = log::RateLimit();
};

}  // namespace rialto::web
