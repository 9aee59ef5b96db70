#include "adapters/amqp/bare_message.hpp"

#include "core/store/record_io.hpp"

namespace rialto::amqp {
namespace {

// What stands on disk: an octet of flags, and the four sections, each with its length.
constexpr std::uint8_t kind_bits = 0x03;
constexpr std::uint8_t value_bit = 0x04;
constexpr std::uint8_t holds_payload_bit = 0x08;
constexpr std::uint8_t user_id_bit = 0x10;
constexpr std::uint8_t jms_bit = 0x20;

}  // namespace

std::shared_ptr<const NativeForm> BareMessage::keep() const {
    const auto bit = [](bool is_set, std::uint8_t which) { return is_set ? which : 0; };
    NativeForm form{NativeForm::Protocol::amqp, {}};
    constexpr std::size_t lengths = 1 + 4 * 5;
    form.octets.reserve(properties.size() + application_properties.size() + body.size() + footer.size() + lengths);
    store::RecordWriter out(form.octets);
    out.octet(static_cast<std::uint8_t>(static_cast<int>(kind) | bit(is_value, value_bit) | bit(holds_payload, holds_payload_bit) |
                                        bit(has_user_id, user_id_bit) | bit(jms_safe_names, jms_bit)));
    for (const std::string_view section : {properties, application_properties, body, footer}) out.text(section);
    return std::make_shared<const NativeForm>(std::move(form));
}

std::optional<BareMessage> BareMessage::of(const Message& message) {
    const NativeForm* const form = message.native();
    if (!form || form->protocol != NativeForm::Protocol::amqp) return std::nullopt;
    store::RecordReader in(form->octets);
    const std::uint8_t flags = in.octet();
    BareMessage bare;
    bare.kind = static_cast<Body>(flags & kind_bits);
    bare.is_value = (flags & value_bit) != 0;
    bare.holds_payload = (flags & holds_payload_bit) != 0;
    bare.has_user_id = (flags & user_id_bit) != 0;
    bare.jms_safe_names = (flags & jms_bit) != 0;
    for (std::string_view* section : {&bare.properties, &bare.application_properties, &bare.body, &bare.footer}) *section = in.text();
    return in.is_at_end() ? std::optional(bare) : std::nullopt;
}

}  // namespace rialto::amqp
