#pragma once

#include <string>
#include <string_view>

/// The names that fields travel under where AMQP has no place of its own for them.
namespace rialto::amqp::names {

inline constexpr std::string_view renamed_prefix = "u.";

// Application properties.
inline constexpr std::string_view retain = "retain";
inline constexpr std::string_view body = "rialto-body";
inline constexpr std::string_view types = "rialto-types";
inline constexpr std::string_view content_type = "content-type";
inline constexpr std::string_view content_encoding = "content-encoding";
inline constexpr std::string_view key = "key";
inline constexpr std::string_view traceparent = "traceparent";
inline constexpr std::string_view tracestate = "tracestate";
inline constexpr std::string_view last_value = "_AMQ_LVQ_NAME";

/// What stands for a hyphen in names that have to be identifiers of Java's. @source Qpid JMS
inline constexpr std::string_view jms_hyphen = "_HYPHEN_";

// Message annotations.
inline constexpr std::string_view via = "x-opt-rialto-via";
inline constexpr std::string_view multi = "x-opt-rialto-multi";
inline constexpr std::string_view opt_traceparent = "x-opt-traceparent";
inline constexpr std::string_view opt_tracestate = "x-opt-tracestate";

// Headers of ours for fields of AMQP's alone.
inline constexpr std::string_view subject = "amqp-subject";
inline constexpr std::string_view group_sequence = "amqp-group-sequence";
inline constexpr std::string_view reply_to_group = "amqp-reply-to-group-id";

inline constexpr std::string_view value_body = "amqp-value";  ///< of the header `rialto-body`: it was an amqp-value
inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view octets_type = "message/vnd.rabbitmq.amqp";  ///< RabbitMQ's name for encoded sections
inline constexpr std::string_view text_type = "text/plain;charset=utf-8";

/// Whether a user's header of this name has to travel under another.
inline bool is_taken(std::string_view name) noexcept {
    return name == retain || name == content_type || name == content_encoding || name == key || name == traceparent ||
           name == tracestate || name == last_value || name == opt_traceparent || name == opt_tracestate || name.empty() ||
           name.starts_with(renamed_prefix) || name.starts_with("rialto-") || name.starts_with("x-opt-rialto-");
}

inline std::string on_wire(std::string_view name) {
    return is_taken(name) ? std::string(renamed_prefix) + std::string(name) : std::string(name);
}
inline std::string_view from_wire(std::string_view name) noexcept {
    return name.starts_with(renamed_prefix) ? name.substr(renamed_prefix.size()) : name;
}

}  // namespace rialto::amqp::names
