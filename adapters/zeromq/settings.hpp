#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/zeromq/curve.hpp"
#include "adapters/zeromq/endpoint.hpp"
#include "adapters/zeromq/wire_form.hpp"
#include "core/adapter.hpp"
#include "core/options.hpp"

namespace rialto::zeromq {

/// What every socket of a backend is made with. Immutable.
struct SocketSettings {
    std::string backend;                     ///< for logs
    std::optional<Curve> curve;              ///< keys as ZeroMQ wants them; nothing: no encryption
    int send_hwm = 0;                        ///< messages that wait for one peer
    int receive_hwm = 0;                     ///< messages of one peer that wait for us
    std::uint64_t max_message_size = 0;      ///< bytes of one part; a peer that sends more is sent away
    std::chrono::milliseconds keep_alive{};  ///< silence after which TCP asks; 0: never
    std::chrono::milliseconds stall_limit{};  ///< a peer that takes nothing for so long is sent away; 0: never
    std::chrono::milliseconds linger{};      ///< for what is unsent when a socket is closed
    bool drops_when_full = false;            ///< PUB drops what a slow subscriber has no room for, instead of waiting
};

struct Settings {
    std::string name;                     ///< of the backend
    std::vector<Endpoint> publish;        ///< PUB
    std::vector<Endpoint> push;           ///< PUSH
    std::vector<Endpoint> subscribe;      ///< SUB
    std::vector<Endpoint> pull;           ///< PULL
    Format format = Format::multipart;
    std::string topic;                    ///< of messages that come in one part; empty: they have none, and are dropped
    std::chrono::milliseconds connect_timeout{};
    std::chrono::milliseconds join_time{};  ///< for subscriptions to get to the other side
    SocketSettings socket;
};

/// The options of `[backends.NAME]`.
const Schema& schema();

/// @error invalid  endpoints and keys that are none, with the offending value (a secret key is not told)
Result<Settings> settings_from(const BackendSettings& settings);

/// What a backend with these options can do.
Abilities abilities_from(const OptionValues& options);

}  // namespace rialto::zeromq
