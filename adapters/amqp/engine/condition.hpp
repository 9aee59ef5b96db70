#pragma once

#include <proton/condition.h>
#include <proton/types.h>

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace rialto::amqp {

/// Why a connection, a session, a link or a delivery is refused. @source AMQP 1.0 part 2, sections 2.8.14 to 2.8.18
struct Condition {
    std::string_view name;  ///< a constant of the ones below
    std::string text;       ///< one sentence for a person
};

namespace condition {
inline constexpr std::string_view internal_error = "amqp:internal-error";
inline constexpr std::string_view not_found = "amqp:not-found";
inline constexpr std::string_view unauthorized = "amqp:unauthorized-access";
inline constexpr std::string_view decode_error = "amqp:decode-error";
inline constexpr std::string_view resource_limit = "amqp:resource-limit-exceeded";
inline constexpr std::string_view not_allowed = "amqp:not-allowed";
inline constexpr std::string_view invalid_field = "amqp:invalid-field";
inline constexpr std::string_view not_implemented = "amqp:not-implemented";
inline constexpr std::string_view precondition_failed = "amqp:precondition-failed";
inline constexpr std::string_view connection_forced = "amqp:connection:forced";
inline constexpr std::string_view framing_error = "amqp:connection:framing-error";
inline constexpr std::string_view message_too_large = "amqp:link:message-size-exceeded";
inline constexpr std::string_view transfer_limit = "amqp:link:transfer-limit-exceeded";
inline constexpr std::string_view detach_forced = "amqp:link:detach-forced";
}  // namespace condition

/// Puts it where it is told to the peer.
void set(pn_condition_t* where, const Condition& condition);

/// What a condition that came from the peer or from Proton means for us; "the peer closed" where none is set.
/// @return refused for unauthorized-access and not-allowed, invalid for not-found and invalid-field, over_limit, protocol,
///         timed_out, and unreachable for whatever passes
Error error_of(pn_condition_t* condition);

}  // namespace rialto::amqp
