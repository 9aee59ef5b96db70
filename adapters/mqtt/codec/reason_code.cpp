#include "adapters/mqtt/codec/reason_code.hpp"

#include <algorithm>
#include <array>

namespace rialto::mqtt {
namespace {

constexpr std::uint16_t bit(PacketType type) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(type));
}

using enum PacketType;
constexpr std::uint16_t acks = bit(puback) | bit(pubrec);
constexpr std::uint16_t all_acks = acks | bit(pubrel) | bit(pubcomp);
constexpr std::uint16_t sub_acks = bit(suback) | bit(unsuback);

struct Row {
    ReasonCode code;
    std::string_view name;
    std::uint16_t packets;
};

/// Section 2.4, table 2-6, in the order of the codes.
constexpr std::array<Row, 43> table{{
    {ReasonCode::success, "Success", bit(connack) | all_acks | sub_acks | bit(disconnect) | bit(auth)},
    {ReasonCode::granted_qos_1, "Granted QoS 1", bit(suback)},
    {ReasonCode::granted_qos_2, "Granted QoS 2", bit(suback)},
    {ReasonCode::disconnect_with_will, "Disconnect with Will Message", bit(disconnect)},
    {ReasonCode::no_matching_subscribers, "No matching subscribers", acks},
    {ReasonCode::no_subscription_existed, "No subscription existed", bit(unsuback)},
    {ReasonCode::continue_authentication, "Continue authentication", bit(auth)},
    {ReasonCode::re_authenticate, "Re-authenticate", bit(auth)},
    {ReasonCode::unspecified_error, "Unspecified error", bit(connack) | acks | sub_acks | bit(disconnect)},
    {ReasonCode::malformed_packet, "Malformed Packet", bit(connack) | bit(disconnect)},
    {ReasonCode::protocol_error, "Protocol Error", bit(connack) | bit(disconnect)},
    {ReasonCode::implementation_specific_error, "Implementation specific error",
     bit(connack) | acks | sub_acks | bit(disconnect)},
    {ReasonCode::unsupported_protocol_version, "Unsupported Protocol Version", bit(connack)},
    {ReasonCode::client_identifier_not_valid, "Client Identifier not valid", bit(connack)},
    {ReasonCode::bad_user_name_or_password, "Bad User Name or Password", bit(connack)},
    {ReasonCode::not_authorized, "Not authorized", bit(connack) | acks | sub_acks | bit(disconnect)},
    {ReasonCode::server_unavailable, "Server unavailable", bit(connack)},
    {ReasonCode::server_busy, "Server busy", bit(connack) | bit(disconnect)},
    {ReasonCode::banned, "Banned", bit(connack)},
    {ReasonCode::server_shutting_down, "Server shutting down", bit(disconnect)},
    {ReasonCode::bad_authentication_method, "Bad authentication method", bit(connack) | bit(disconnect)},
    {ReasonCode::keep_alive_timeout, "Keep Alive timeout", bit(disconnect)},
    {ReasonCode::session_taken_over, "Session taken over", bit(disconnect)},
    {ReasonCode::topic_filter_invalid, "Topic Filter invalid", sub_acks | bit(disconnect)},
    {ReasonCode::topic_name_invalid, "Topic Name invalid", bit(connack) | acks | bit(disconnect)},
    {ReasonCode::packet_identifier_in_use, "Packet Identifier in use", acks | sub_acks},
    {ReasonCode::packet_identifier_not_found, "Packet Identifier not found", bit(pubrel) | bit(pubcomp)},
    {ReasonCode::receive_maximum_exceeded, "Receive Maximum exceeded", bit(disconnect)},
    {ReasonCode::topic_alias_invalid, "Topic Alias invalid", bit(disconnect)},
    {ReasonCode::packet_too_large, "Packet too large", bit(connack) | bit(disconnect)},
    {ReasonCode::message_rate_too_high, "Message rate too high", bit(disconnect)},
    {ReasonCode::quota_exceeded, "Quota exceeded", bit(connack) | acks | bit(suback) | bit(disconnect)},
    {ReasonCode::administrative_action, "Administrative action", bit(disconnect)},
    {ReasonCode::payload_format_invalid, "Payload format invalid", bit(connack) | acks | bit(disconnect)},
    {ReasonCode::retain_not_supported, "Retain not supported", bit(connack) | bit(disconnect)},
    {ReasonCode::qos_not_supported, "QoS not supported", bit(connack) | bit(disconnect)},
    {ReasonCode::use_another_server, "Use another server", bit(connack) | bit(disconnect)},
    {ReasonCode::server_moved, "Server moved", bit(connack) | bit(disconnect)},
    {ReasonCode::shared_subscriptions_not_supported, "Shared Subscriptions not supported",
     bit(suback) | bit(disconnect)},
    {ReasonCode::connection_rate_exceeded, "Connection rate exceeded", bit(connack) | bit(disconnect)},
    {ReasonCode::maximum_connect_time, "Maximum connect time", bit(disconnect)},
    {ReasonCode::subscription_identifiers_not_supported, "Subscription Identifiers not supported",
     bit(suback) | bit(disconnect)},
    {ReasonCode::wildcard_subscriptions_not_supported, "Wildcard Subscriptions not supported",
     bit(suback) | bit(disconnect)},
}};

const Row* find(ReasonCode code) noexcept {
    const auto row = std::ranges::lower_bound(table, code, {}, &Row::code);
    return row != table.end() && row->code == code ? &*row : nullptr;
}

}  // namespace

std::string_view name(PacketType type) noexcept {
    constexpr std::array<std::string_view, 16> names{
        "reserved",  "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
        "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
    return names[static_cast<unsigned>(type) & 0x0FU];
}

std::string_view name(ReasonCode code) noexcept {
    const Row* row = find(code);
    return row != nullptr ? row->name : "unknown reason code";
}

bool may_carry(PacketType type, ReasonCode code) noexcept {
    const Row* row = find(code);
    return row != nullptr && (row->packets & bit(type)) != 0;
}

std::uint8_t connect_return_code(ReasonCode code) noexcept {
    switch (code) {
        case ReasonCode::success:
            return 0;
        case ReasonCode::unsupported_protocol_version:
            return 1;
        case ReasonCode::client_identifier_not_valid:
            return 2;
        case ReasonCode::bad_user_name_or_password:
            return 4;
        case ReasonCode::not_authorized:
        case ReasonCode::banned:
        case ReasonCode::bad_authentication_method:
            return 5;
        default:
            return 3;
    }
}

ReasonCode reason_of_return_code(std::uint8_t code) noexcept {
    constexpr std::array<ReasonCode, 6> reasons{
        ReasonCode::success,
        ReasonCode::unsupported_protocol_version,
        ReasonCode::client_identifier_not_valid,
        ReasonCode::server_unavailable,
        ReasonCode::bad_user_name_or_password,
        ReasonCode::not_authorized,
    };
    return code < reasons.size() ? reasons[code] : ReasonCode::unspecified_error;
}

}  // namespace rialto::mqtt
