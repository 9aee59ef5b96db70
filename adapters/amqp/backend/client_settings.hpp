#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/amqp/backend/addressing.hpp"
#include "adapters/amqp/mapping.hpp"
#include "core/adapter.hpp"
#include "core/net/dial.hpp"

namespace rialto::amqp {

/// How a backend is a client of its broker; from its options. Immutable.
struct ClientSettings {
    std::string backend;  ///< its name, for logs and metrics
    Dialing dialing;
    std::string container;     ///< names us at the broker, always the same, so that it knows durable subscriptions again
    std::string virtual_host;  ///< empty: the host's name, or the broker's default
    std::string mechanisms;    ///< of SASL; empty: no SASL layer
    std::string user;
    std::string password;
    std::optional<Dialect> dialect;  ///< nothing: what the broker calls itself
    Node node = Node::topic;
    Addressing::Override topics;
    bool is_durable = true;    ///< the broker keeps messages for us while we are away
    std::chrono::milliseconds keep_alive{60'000};
    std::uint64_t max_message_size = 256U << 20U;  ///< octets, of what the broker sends
    DecodeForm decoding;
    EncodeForm encoding;

    Addressing addressing(Dialect of) const { return Addressing(of, node, topics); }
};

/// The options of `[backends.NAME]` with an amqp url.
const Schema& backend_schema();

/// What they and the url say. @error invalid
Result<ClientSettings> client_settings_from(const Adapter& adapter, std::string_view gateway, const BackendSettings& settings);

/// What such a backend can do. @param dialect  nothing: not known yet
Abilities abilities_of(const ClientSettings& settings, std::optional<Dialect> dialect);
/// The same for options, before anything is made of them.
Abilities backend_abilities(const OptionValues& options);

}  // namespace rialto::amqp
