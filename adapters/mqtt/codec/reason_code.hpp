#pragma once

#include "adapters/mqtt/codec/types.hpp"

#include <cstdint>
#include <string_view>

namespace rialto::mqtt {

/// MQTT 5.0 section 2.4. 0x80 and above mean failure.
/// The value 0x00 is also "normal disconnection" and "granted QoS 0".
enum class ReasonCode : std::uint8_t {
    success = 0x00,
    granted_qos_1 = 0x01,
    granted_qos_2 = 0x02,
    disconnect_with_will = 0x04,
    no_matching_subscribers = 0x10,
    no_subscription_existed = 0x11,
    continue_authentication = 0x18,
    re_authenticate = 0x19,
    unspecified_error = 0x80,
    malformed_packet = 0x81,
    protocol_error = 0x82,
    implementation_specific_error = 0x83,
    unsupported_protocol_version = 0x84,
    client_identifier_not_valid = 0x85,
    bad_user_name_or_password = 0x86,
    not_authorized = 0x87,
    server_unavailable = 0x88,
    server_busy = 0x89,
    banned = 0x8A,
    server_shutting_down = 0x8B,
    bad_authentication_method = 0x8C,
    keep_alive_timeout = 0x8D,
    session_taken_over = 0x8E,
    topic_filter_invalid = 0x8F,
    topic_name_invalid = 0x90,
    packet_identifier_in_use = 0x91,
    packet_identifier_not_found = 0x92,
    receive_maximum_exceeded = 0x93,
    topic_alias_invalid = 0x94,
    packet_too_large = 0x95,
    message_rate_too_high = 0x96,
    quota_exceeded = 0x97,
    administrative_action = 0x98,
    payload_format_invalid = 0x99,
    retain_not_supported = 0x9A,
    qos_not_supported = 0x9B,
    use_another_server = 0x9C,
    server_moved = 0x9D,
    shared_subscriptions_not_supported = 0x9E,
    connection_rate_exceeded = 0x9F,
    maximum_connect_time = 0xA0,
    subscription_identifiers_not_supported = 0xA1,
    wildcard_subscriptions_not_supported = 0xA2,
};

inline bool is_failure(ReasonCode code) noexcept {
    return static_cast<std::uint8_t>(code) >= 0x80;
}

/// The standard's name, such as "Topic Name invalid"; "unknown reason code" for a value that it doesn't list.
std::string_view name(ReasonCode code) noexcept;

/// Whether `type` may carry `code`: the tables of sections 3.2.2.2, 3.4.2.1 ... 3.15.2.1.
bool may_carry(PacketType type, ReasonCode code) noexcept;

/// The Connect Return code of MQTT 3.1.1 section 3.2.2.3 that comes nearest to `code`; 0..5.
std::uint8_t connect_return_code(ReasonCode code) noexcept;

/// The other way round; a value above 5 is an unspecified error.
ReasonCode reason_of_return_code(std::uint8_t code) noexcept;

/// What was wrong with received bytes: the reason to tell the peer and a sentence for the log.
/// False when nothing was. Fits in two registers; `what` is a literal.
struct [[nodiscard]] Fault {
    ReasonCode reason = ReasonCode::success;
    const char* what = nullptr;

    explicit operator bool() const noexcept { return what != nullptr; }
};

inline Fault malformed(const char* what) noexcept {
    return {ReasonCode::malformed_packet, what};
}
inline Fault protocol_error(const char* what) noexcept {
    return {ReasonCode::protocol_error, what};
}

}  // namespace rialto::mqtt
