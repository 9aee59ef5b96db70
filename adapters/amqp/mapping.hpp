#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/amqp/bare_message.hpp"
#include "core/error.hpp"
#include "core/message.hpp"

/// AMQP 1.0 messages and ours. Every field has its native place: ids in their four types, times, priority, typed headers as
/// application properties (those whose name begins with `x-` as message annotations), the key as group-id.
/// @source AMQP 1.0 part 3, section 3.2
///
/// What AMQP has no place for travels under fixed names. Application properties: `retain` (true), `rialto-body` ("text" where a
/// data section is text), `rialto-types` ("name=j" where a string is JSON), `content-type`, `content-encoding` (where they are not ASCII), `key`
/// (where it is not text), `traceparent`, `tracestate`. Message annotations: `x-opt-rialto-via`, `x-opt-traceparent`,
/// `x-opt-tracestate`, and `x-opt-rialto-multi`, all headers in order, where names repeat or the order would be lost. A
/// user's header with one of these names travels as `u.NAME`.
///
/// The bare message that came goes with a message, and is sent on as it came by whoever writes AMQP: properties, application
/// properties and body each, octet for octet, where the message still says the same. So types that there is no room for here (an
/// int that is no long, a decimal, a map with numbers for keys) pass from AMQP to AMQP.
///
/// AMQP's own fields that no other protocol has are headers here: `amqp-subject`, `amqp-group-sequence`,
/// `amqp-reply-to-group-id`; and go back to their places.
namespace rialto::amqp {

/// What becomes of a body that is neither octets nor text: a map, a list, a number.
enum class ValuePolicy : std::uint8_t {
    json,    ///< JSON, where that can say all of it, with the header `rialto-body: amqp-value`; otherwise as `amqp`
    octets,  ///< the encoded sections, with content-type message/vnd.rabbitmq.amqp
    reject,
};

struct DecodeForm {
    ValuePolicy values = ValuePolicy::json;
    bool jms_safe_names = false;  ///< `_HYPHEN_` in names of application properties is a hyphen
};

/// A message that came, understood, on its way to a topic. Borrows the octets that it was decoded from.
class Decoded {
public:
    std::string_view to;        ///< properties.to, as it stands there; empty where absent
    std::string_view subject;
    std::string_view reply_to;  ///< an address of the peer's; whoever knows how to read it sets Properties::reply_to
    std::uint32_t delivery_count = 0;
    bool is_durable = true;     ///< header.durable, true where nothing is said
    bool is_retained = false;
    std::unique_ptr<Properties> properties;  ///< null where there are none

    ByteView payload() const noexcept { return as_bytes(is_joined ? std::string_view(joined) : single); }
    Properties& make_properties() {
        if (!properties) properties = std::make_unique<Properties>();
        return *properties;
    }

    /// The message itself; at most once where it is not durable or came settled.
    /// Precondition: check_topic(topic) holds. Called once.
    MessagePtr to_message(std::string_view topic, bool is_settled, ClientNumber origin = 0);

    std::optional<BareMessage> bare;  ///< as it stands there; nothing where it is not in order
    std::string_view single;  ///< of one data section
    Bytes joined;             ///< of several, or made here
    bool is_joined = false;
};

/// @param octets   a whole message as transfers carried it; outlives the result
/// @param arrived  what header.ttl counts from
/// @error protocol    no AMQP message
/// @error invalid     a body that the form refuses
Result<Decoded> decode(std::string_view octets, WallTime arrived, const DecodeForm& form = {});

struct EncodeForm {
    bool text_as_value = false;   ///< text is an amqp-value, as JMS clients want it, and no data section
    bool values_as_data = false;  ///< octets and text are data sections also where they came as an amqp-value
    bool x_names_as_annotations = true;
    bool jms_safe_names = false;  ///< hyphens in names of application properties become `_HYPHEN_`
    bool last_value_name = false; ///< a retained message has `_AMQ_LVQ_NAME` with its topic, for Artemis' last-value queues
};

/// Addresses in the words of whoever gets the message.
struct Addresses {
    std::string_view to;
    std::string_view reply_to;
    std::string_view subject{};  ///< instead of the header `amqp-subject`; empty: that one
};

/// The first section, which is different each time: how much time is left. Appends nothing where all is as usual.
/// @param delivery_count  earlier tries that failed
void append_header(Bytes& out, const Message& message, WallTime now, std::uint32_t delivery_count = 0);

/// Everything between the header section and the payload's first octet; the same for all who get it by these addresses, so
/// that it can be kept by Message::encoding(). What follows it is payload_behind().
Bytes encode_head(const Message& message, const Addresses& addresses, const EncodeForm& form = {});

/// The octets that stand behind encode_head() with the same form: the payload, or nothing where it had to be written differently.
std::string_view payload_behind(const Message& message, const EncodeForm& form = {});

/// All of a message in one piece.
Bytes encode(const Message& message, WallTime now, const Addresses& addresses, const EncodeForm& form = {});

}  // namespace rialto::amqp
