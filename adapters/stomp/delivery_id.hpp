#pragma once

#include "core/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto::stomp {

/// Names one MESSAGE frame, unique while the gateway runs: the connection, its subscription, the how-manieth.
/// It is the `message-id` and the `ack` header, written `7-2-31`.
struct DeliveryId {
    ClientNumber connection = 0;
    std::uint32_t subscription = 0;
    std::uint64_t sequence = 0;
    friend bool operator==(const DeliveryId&, const DeliveryId&) = default;
};

void append_text(std::string& out, DeliveryId id);
[[nodiscard]] std::optional<DeliveryId> delivery_id_from(std::string_view text) noexcept;

}  // namespace rialto::stomp
