#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "adapters/amqp/codec/section.hpp"
#include "core/message.hpp"

namespace rialto::amqp {

/// The bare message, and the footer that speaks of it, as they came. Nobody between sender and receiver changes them: they go on octet
/// for octet as far as the message still says the same. Borrows the octets. @source AMQP 1.0 part 3, section 3.2
struct BareMessage {
    /// What its body became here.
    enum class Body : std::uint8_t {
        payload,   ///< octets or text, which are the payload
        json,      ///< a value, which the payload says as JSON
        sections,  ///< the payload is all sections of the body as they came
    };

    // Whole sections, each empty where there was none. What they hold may be anything.
    std::string_view properties;
    std::string_view application_properties;
    std::string_view body;    ///< without the payload where that ends it
    std::string_view footer;

    Body kind = Body::payload;
    bool is_value = false;        ///< of `payload`: it is an amqp-value and no data
    bool holds_payload = false;   ///< the payload does not stand behind `body`
    bool rewrites_body = false;   ///< the body is not kept
    bool jms_safe_names = false;  ///< it was read so (DecodeForm)

    /// A copy to go with a message.
    std::shared_ptr<const NativeForm> keep() const;
    /// Of a message that has come by AMQP; it borrows from it.
    static std::optional<BareMessage> of(const Message& message);
};

/// Finds it among the sections of a message, which are read one after the other.
class BareCollector {
public:
    /// @return false where it is a body too many. @source AMQP 1.0 part 3, section 3.2: one value, or several of data or of sequences
    bool add(Section section, const Item& descriptor, std::string_view whole) noexcept;

    /// Whether the body is an amqp-value.
    bool has_value() const noexcept { return body_section_ == Section::value; }

    /// After the last section. Nothing where they are not those that the standard puts together, or say nothing but the payload.
    /// @param payload        what became of the body
    /// @param rewrites_body  it is not to be kept
    std::optional<BareMessage> finish(BareMessage::Body kind, std::string_view payload, bool rewrites_body, bool jms_safe_names);

private:
    void note(std::string_view& place, std::string_view whole) noexcept;

    BareMessage bare_;
    std::optional<Section> body_section_;
    bool is_irregular_ = false;
};

// Whether a section, or none, may be handed to others as it is: it holds what the standard says, down to the last value.

/// Not where it names a user: that is nobody's word but the first broker's.
bool are_proper_properties(std::string_view section) noexcept;
bool are_proper_application_properties(std::string_view section);
bool is_proper_footer(std::string_view section) noexcept;

/// Whether a name in proper application properties holds a hyphen, or what JMS has in its place.
bool have_hyphens(std::string_view application_properties) noexcept;

}  // namespace rialto::amqp
