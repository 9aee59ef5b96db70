#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/message.hpp"
#include "core/metrics.hpp"

namespace rialto::bridge {

/// Why a message was dropped before its backend.
enum class Drop : std::uint8_t { queue_full, expired, spool_full, spool_too_old, spool_damaged };

/// Counts what is dropped before one backend, `rialto_backend_dropped_total{backend,route,reason}`. Lives on: the backend's shard.
class DropCounters {
public:
    DropCounters(Metrics& metrics, std::string backend, std::string_view gateway);

    /// The name of the route that sent it, which says so at the end of the message's trace; null where none did. Ask for it
    /// before the message is sealed. Valid as long as these counters.
    const std::string* route_of(const Message& message);
    /// @param route  null: nobody knows
    void count(Drop why, const std::string* route);

private:
    using ByReason = std::array<Counter*, 5>;  ///< null until the first drop

    Metrics& metrics_;
    const std::string backend_;
    const std::string stamp_;  ///< of this gateway's routes, before the name
    std::map<std::string, ByReason, std::less<>> routes_;
    const std::string* last_ = nullptr;  ///< most messages have the route of the one before
};

}  // namespace rialto::bridge
