#pragma once

#include "adapters/stomp/decoder.hpp"
#include "core/queues/queue_limits.hpp"

#include <chrono>
#include <cstddef>

namespace rialto::stomp {

/// What one connection, and all queues together, may take.
struct Limits {
    DecoderLimits frame;
    std::chrono::milliseconds connect_time{
        10'000};  ///< for CONNECT to arrive: silent connections cost a descriptor
    std::chrono::milliseconds farewell_time{5'000};  ///< for a DISCONNECT to wait for what was sent before it
    std::chrono::milliseconds shortest_beat{250};    ///< between heart-beats; five ticks of the timers
    std::size_t subscriptions = 1'000;               ///< of one connection
    std::size_t prefetch = 1'000;             ///< unacknowledged messages of a subscription that says nothing
    std::size_t largest_prefetch = 65'535;    ///< what it may say
    std::size_t held_messages = 10'000;       ///< of a subscription whose client doesn't acknowledge
    std::size_t backlog = 16 * 1024 * 1024;   ///< octets held for a client that doesn't read or acknowledge
    std::size_t unsettled = 1'024;            ///< SENDs that wait for their RECEIPT; beyond, nothing is read
    std::size_t transactions = 100;           ///< open ones of one connection
    std::size_t transaction_frames = 10'000;  ///< of one transaction
    std::size_t transaction_size = 64 * 1024 * 1024;  ///< octets of one transaction's messages
    QueueLimits queues;                               ///< of `/queue/…`
};

}  // namespace rialto::stomp
