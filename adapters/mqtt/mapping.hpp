#pragma once

#include "adapters/mqtt/codec/property.hpp"
#include "core/message.hpp"

#include <memory>

/// How the properties of an MQTT 5.0 PUBLISH or will and those of a Message become each other. What has no
/// slot in MQTT travels as a user property of a fixed name: content-encoding, message-id, priority,
/// timestamp, key, traceparent, tracestate, rialto-via and rialto-types.
namespace rialto::mqtt {

/// What a received message carries beside topic and payload; null where that is nothing.
/// @param received  checked; topic alias and subscription identifiers in it belong to the connection, not the
/// message
/// @param now       when it arrived: its expiry counts from here
std::unique_ptr<Properties> to_properties(PropertiesView received, WallTime now);

/// The encoded properties that belong to `message` for every receiver: all but what depends on the time and
/// on the receiver (expiry, alias, subscription identifiers). Kept with the message: one encoding serves all.
const Bytes& encoded_properties(const Message& message);

/// The same for another broker, which may end the connection over characters that the standard advises against
/// [MQTT 5.0 section 1.5.4]: header values with such characters travel in base64, and names with them do not travel.
const Bytes& careful_properties(const Message& message);

/// Whether `text` has characters that a receiver may take for malformed: control characters and code points that are
/// none. @source MQTT 5.0 section 1.5.4
bool is_doubtful(std::string_view text) noexcept;

/// Gives a message its properties as they were received, so that receivers of the same protocol get the very
/// same bytes.
void keep_encoded_properties(const Message& message, PropertiesView received);

/// What is left of a message's life for Message Expiry Interval: seconds, rounded up, at least 1
/// [MQTT-3.3.2-6]. Nothing where it lives for ever.
std::optional<std::uint32_t> seconds_left(const Message& message, WallTime now);

}  // namespace rialto::mqtt
