#pragma once

#include "adapters/stomp/delivery_id.hpp"
#include "adapters/stomp/destination.hpp"
#include "adapters/stomp/version.hpp"
#include "core/message.hpp"
#include "core/net/wire.hpp"

#include <string>

namespace rialto::stomp {

/// What makes one MESSAGE frame different from those of the other subscribers.
struct MessageHead {
    DeliveryId id;
    DestinationStyle style;
    bool wants_ack = false;       ///< gets an `ack` header, in 1.2
    bool is_retained = false;     ///< the topic's last value, sent because of the subscription
    bool is_redelivered = false;  ///< another client, or this one, had it before and did not acknowledge it
};

/// The lines that all frames of one subscription begin with. `id` is null in 1.0 for a subscription without
/// one.
[[nodiscard]] std::string message_prefix(const std::string* id, Version version);

/// Writes a MESSAGE frame: the prefix, its own headers, and the part that all subscribers share.
void write_message(Wire& wire, Version version, const std::string& prefix, const MessageHead& head,
                   const MessagePtr& message);

}  // namespace rialto::stomp
