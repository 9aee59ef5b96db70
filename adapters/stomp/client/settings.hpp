#pragma once

#include "adapters/stomp/addresses.hpp"
#include "adapters/stomp/decoder.hpp"
#include "adapters/stomp/heart_beats.hpp"
#include "core/adapter.hpp"
#include "core/net/dial.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace rialto::stomp {

/// What `[backends.NAME]` with a stomp url says.
struct ClientSettings {
    std::string backend;  ///< its name, for logs and metrics
    Dialing dialing;
    std::string user;
    std::optional<std::string> password;
    std::string host;       ///< the virtual host
    std::string client_id;  ///< names our subscriptions at the broker
    Addresses addresses{client_dialect()};
    bool is_durable = true;
    HeartBeatOffer heart_beat{std::chrono::seconds(10), std::chrono::seconds(10)};
    std::uint32_t prefetch = 1'000;
    std::size_t window = 1'024;
    std::chrono::milliseconds redeliver_after{10'000};
    DecoderLimits limits{1'000, 1024 * 1024, 64 * 1024 * 1024};  ///< brokers add headers; a sidecar may be long

    /// Whether the broker keeps a subscription for us while we are away.
    [[nodiscard]] bool has_kept_subscriptions() const noexcept {
        return is_durable && !addresses.are_queues() && addresses.dialect().keeping != Dialect::Keeping::nothing;
    }
};

/// The options of `[backends.NAME]` with a stomp url.
const Schema& backend_schema();

/// What they and the url say. @error invalid
Result<ClientSettings> client_settings_from(const Adapter& adapter, std::string_view gateway,
                                            const BackendSettings& settings);

/// What a backend with these options can do.
Abilities backend_abilities(const OptionValues& options);

}  // namespace rialto::stomp
