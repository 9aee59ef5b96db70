#pragma once

#include "core/dotted_topic.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace rialto::stomp {

/// What one kind of server does beyond, or against, what STOMP says. Constants: they live for ever.
struct Dialect {
    std::string_view name;

    // Destinations.
    std::string_view prefix;        ///< in front of a topic's name
    DottedForm form = verbatim_form;
    bool escapes_percent = false;   ///< writes %25 and %2F in the destination of a MESSAGE, but reads %2F alone
    std::string_view host;          ///< the virtual host where the user names none; empty: the host's own name

    // Subscriptions.
    /// What keeps messages for a subscriber that is away.
    enum class Keeping : std::uint8_t {
        nothing,
        one_queue,     ///< all patterns fill one queue, each message once
        each_pattern,  ///< each pattern has a subscription with a name; each gets its copy, under one message-id
    };
    Keeping keeping = Keeping::nothing;
    std::string_view subscription_name;  ///< header of SUBSCRIBE that names it
    std::string_view prefetch;           ///< header of SUBSCRIBE that bounds the unacknowledged messages
    std::uint32_t prefetch_unit = 1;     ///< what one message counts there: 1, or bytes
    bool names_routing = false;          ///< subscription-type and destination-type say that an address is a topic
    /// How a message that nobody will ever take is given up.
    enum class GivingUp : std::uint8_t { ack, nack, nack_without_requeue };
    GivingUp giving_up = GivingUp::ack;

    // Headers.
    std::string_view message_id = "app-message-id";
    bool has_ttl = false;               ///< `expiration`: how many milliseconds are left
    bool counts_seconds = false;        ///< `timestamp` is in seconds
    bool adds_timestamp = false;        ///< where there is none, or one of 0
    bool repeats_timestamp = false;     ///< adds its own in front of the sender's
    bool adds_priority = false;         ///< 4, where there is none
    bool shuffles_headers = true;       ///< does not keep the order of the user's headers
    std::string_view group = {};        ///< what subscribers see for JMSXGroupID, where it is another name
    bool hides_group = false;           ///< does not say JMSXGroupID to subscribers
    bool tells_text_by_length = false;  ///< what has no content-length is text
    bool is_trusted = true;             ///< who may say where a message has been
    std::span<const std::string_view> meaningful = {};  ///< further headers of SEND that it acts upon
    std::span<const std::string_view> added = {};       ///< headers of MESSAGE that are its own; `x*` for all with `x`
};

/// Clients of our own listener.
const Dialect& client_dialect();
/// "generic", "rabbitmq", "artemis", "activemq", "qpid"; null for any other name.
const Dialect* dialect_of(std::string_view name) noexcept;

/// Whether a header of that name in a MESSAGE is the server's own.
[[nodiscard]] bool is_added(std::string_view name, const Dialect& dialect) noexcept;
/// Whether the server would understand a header of that name in a SEND in its own way, or not hand it on.
[[nodiscard]] bool is_taken(std::string_view name, const Dialect& dialect) noexcept;

}  // namespace rialto::stomp
