#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/options.hpp"

namespace rialto::amqp {

/// What one connection may take.
struct ListenerLimits {
    std::chrono::milliseconds connect_time{10'000};  ///< for the open frame to arrive: silent connections cost a descriptor
    std::chrono::milliseconds idle_time{60'000};     ///< a client that is silent for longer is gone
    std::size_t frame = 64 * 1024;                   ///< octets
    std::size_t message = 16 * 1024 * 1024;          ///< octets, all sections together
    std::size_t links = 256;                         ///< open at once
    std::size_t sessions = 64;                       ///< open at once
    std::size_t credit = 500;                        ///< messages of one link that are not settled
    std::size_t unsettled = 2'000;                   ///< messages of one link that the client has not settled; beyond, none is sent
    std::size_t held_messages = 10'000;              ///< for a receiver without credit
    std::size_t backlog = 16 * 1024 * 1024;          ///< octets of those
};

/// The options of `[listeners.NAME]` for this protocol.
const Schema& listener_schema();
ListenerLimits limits_from(const OptionValues& options);

}  // namespace rialto::amqp
