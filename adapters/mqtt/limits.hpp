#pragma once

#include "core/topic.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace rialto::mqtt {

/// What one listener allows its clients; from its options. Immutable once clients use it.
struct Limits {
    std::string listener;     ///< its name, for logs
    std::string mount_point;  ///< put in front of every topic and filter of its clients

    std::size_t max_packet_size = 16 * 1024 * 1024;  ///< bytes; bounds what one connection can make us buffer
    std::size_t max_connect_size = 512 * 1024;  ///< bytes of the first packet, before we know who sends it
    std::chrono::milliseconds connect_timeout{
        10'000};  ///< for CONNECT to arrive: silent connections cost memory too

    std::uint16_t max_keep_alive = 0;                ///< seconds; 0 leaves it to the client
    std::uint32_t max_session_expiry = 0xFFFF'FFFF;  ///< seconds; all ones: as long as the gateway runs

    std::uint16_t receive_maximum = 1024;  ///< unacknowledged messages from one client
    std::uint16_t send_maximum = 1024;     ///< unacknowledged messages to one client, which may ask for fewer
    std::uint16_t topic_alias_maximum =
        64;                         ///< topics that a client may abbreviate, and that we abbreviate to it
    std::size_t max_queued = 1000;  ///< messages that wait for one client at QoS 1 and 2
    std::size_t max_backlog =
        8 * 1024 * 1024;  ///< bytes written to a client and not yet taken; beyond it QoS 0 is dropped
    std::chrono::milliseconds stall_timeout{
        30'000};                             ///< a client that acknowledges nothing may keep others waiting
    std::size_t max_subscriptions = 10'000;  ///< of one client

    std::vector<TopicFilter> refused_subscriptions;  ///< filters that no client here may subscribe to

    bool refuses(std::string_view filter) const noexcept {
        for (const TopicFilter& refused : refused_subscriptions) {
            if (refused.matches(filter)) return true;
        }
        return false;
    }
};

}  // namespace rialto::mqtt
