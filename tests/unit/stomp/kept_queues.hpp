#pragma once

#include "tests/unit/stomp/house.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rialto::stomp::testing {

using rialto::test::Disk;

/// What is on the disk at this moment, as after kill -9.
inline std::unique_ptr<Disk> after_a_kill(Disk& disk) {
    auto copy = std::make_unique<Disk>();
    const std::lock_guard lock(disk.mutex);
    copy->keys = disk.keys;
    return copy;
}

inline std::size_t keys_on(Disk& disk) {
    const std::lock_guard lock(disk.mutex);
    return disk.keys.size();
}

inline std::string ack(const Frame& message) { return "ACK\nid:" + header(message, "ack"); }

inline constexpr std::string_view taking_each = "SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual";

}  // namespace rialto::stomp::testing
