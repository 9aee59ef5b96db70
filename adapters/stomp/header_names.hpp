#pragma once

#include "adapters/stomp/dialect.hpp"

#include <cstdint>
#include <string_view>

namespace rialto::stomp {

/// The headers of SEND and MESSAGE that mean something to us; all others are the user's.
enum class Field : std::uint8_t {
    user,
    protocol,  ///< of the frame, not of the message: destination, receipt, transaction, content-length
    secret,    ///< login and passcode belong to CONNECT; in a message they would be shown to everybody
    content_type,
    content_encoding,
    message_id,
    correlation_id,
    reply_to,
    expires,
    priority,
    timestamp,
    persistent,
    retain,
    key,
    traceparent,
    tracestate,
    via,       ///< the gateway's own: a client can't say where a message has been
    identity,  ///< who sent it: a client can't say that either
    sidecar,
};

/// What a header of SEND means.
[[nodiscard]] Field field_of(std::string_view name) noexcept;

/// Whether a user's header of this name would be taken for one of the protocol's or ours, so that it travels
/// as `u.<name>`. It holds for `u.<name>` again, and for the empty name, which STOMP can't write: no two
/// names meet. A broker may have names of its own.
[[nodiscard]] bool is_renamed(std::string_view name, const Dialect& dialect = client_dialect()) noexcept;

inline constexpr std::string_view renamed_prefix = "u.";

}  // namespace rialto::stomp
