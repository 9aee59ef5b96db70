#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/field.hpp"
#include "core/message.hpp"

namespace rialto::bridge {

/// What a CloudEvent has a place for, of itself or as an extension. Of headers it takes those whose names are attribute names
/// (lower-case letters and digits, at most 20), so it is not said to carry them.
inline constexpr FieldSet fields_of_cloud_events{Field::content_type, Field::message_id, Field::correlation_id,
                                                 Field::expiry,       Field::timestamp,  Field::key,
                                                 Field::trace,        Field::via};

/// A message as a CloudEvent in structured JSON: topic -> subject, message id -> id (made up where there is none), timestamp ->
/// time, content type -> datacontenttype, key -> partitionkey, correlation id -> correlationid, expiry -> expirytime.
/// @param source  the attribute of that name
/// @source CloudEvents 1.0.2, JSON event format; extensions partitioning, correlation, distributed tracing, expiry time
Bytes cloud_event_of(const Message& message, const std::string& source);

/// The message in it; null where the payload is no such event.
MessagePtr open_cloud_event(const Message& message);

/// "2026-11-21T18:05:09.123Z". @source RFC 3339
std::string rfc3339_of(WallTime time);
std::optional<WallTime> time_from_rfc3339(std::string_view text);

}  // namespace rialto::bridge
