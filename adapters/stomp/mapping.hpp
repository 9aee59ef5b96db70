#pragma once

#include "adapters/stomp/addresses.hpp"
#include "adapters/stomp/frame.hpp"
#include "adapters/stomp/version.hpp"
#include "core/error.hpp"
#include "core/message.hpp"

#include <string>
#include <string_view>

namespace rialto::stomp {

/// Whether a payload of this content type is UTF-8 by definition: `text/…` without another charset,
/// `charset=utf-8`, JSON.
[[nodiscard]] bool implies_utf8(std::string_view content_type) noexcept;

/// The message that a SEND frame carries to `topic`, with all its headers in their places: known ones in
/// their fields, the user's in order, of repeated ones the first. A known header whose value its field can't
/// hold stays a user's header. `persistent:true`, a receipt and a transaction ask for at-least-once.
/// Precondition: check_topic(topic) holds.
[[nodiscard]] MessagePtr message_from(const Frame& send, std::string_view topic, ClientNumber origin);

/// The message that a broker's MESSAGE frame brought from `topic`. Who is connected to a broker trusts it: where the message
/// has been is read too. What a broker adds of its own is no header of the user's; see Dialect.
[[nodiscard]] MessagePtr message_from_broker(const Frame& message, std::string_view topic, const Addresses& addresses);

/// The header lines of a SEND frame to a broker: all properties in the broker's words, and content-length unless its
/// absence says that the payload is text. Destination and receipt belong in front of them.
[[nodiscard]] Bytes lines_to_broker(const Message& message, Version version, const Addresses& addresses);

/// Everything of a MESSAGE frame that is the same for all subscribers of a version: the header lines of the
/// message's properties, content-length, the blank line and, where the payload is small, payload and NUL.
/// In front of it belong the command and the headers of the subscription. Lives as long as the message.
[[nodiscard]] const Bytes& shared_part(const Message& message, Version version);

/// Payloads above this are not copied into the shared part: they are written from where they are.
inline constexpr std::size_t largest_shared_payload = 16 * 1024;

}  // namespace rialto::stomp
