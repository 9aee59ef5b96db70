#pragma once

#include "adapters/mqtt/codec/types.hpp"
#include "core/net/dial.hpp"

#include <optional>
#include <string>

namespace rialto::mqtt {

/// How a backend is a client of its broker; from its options. Immutable once it connects.
struct ClientSettings {
    std::string backend;  ///< its name, for logs and metrics
    Dialing dialing;
    std::string client_id;  ///< always the same, so that the broker knows its session again
    std::string user_name;
    std::optional<std::string> password;
    std::optional<Version> version;  ///< absent: 5.0, and 3.1.1 where that is refused
    Qos qos = Qos::at_least_once;    ///< asked for when subscribing; the most when publishing
    std::uint16_t window = 1024;     ///< unacknowledged messages, each way
    std::uint32_t session_expiry = 24 * 3600;    ///< seconds that the broker keeps the session without us
    std::uint16_t keep_alive = 30;               ///< seconds
    std::uint32_t max_packet_size = 256U << 20;  ///< bytes, of what the broker sends
    std::uint16_t topic_alias_maximum = 64;      ///< topics abbreviated, each way
    /// A message that nobody could take is not acknowledged, and comes again on a new connection: after so long.
    std::chrono::milliseconds redeliver_after{10'000};
};

/// What the broker told in CONNACK. What it did not tell has the standard's defaults. @source MQTT 5.0 section 3.2.2.3
struct ServerLimits {
    bool session_present = false;
    std::uint16_t receive_maximum = 65'535;
    std::uint32_t max_packet_size = 0xFFFF'FFFF;
    std::uint16_t topic_alias_maximum = 0;
    std::optional<std::uint16_t> keep_alive;
    Qos maximum_qos = Qos::exactly_once;
    bool retain_available = true;
    bool subscription_identifiers_available = true;
};

}  // namespace rialto::mqtt
