#include <algorithm>

#include "adapters/amqp/bare_message.hpp"
#include "adapters/amqp/codec/fields.hpp"
#include "adapters/amqp/codec/reader.hpp"
#include "adapters/amqp/mapping.hpp"
#include "adapters/amqp/names.hpp"
#include "adapters/amqp/section_writer.hpp"

namespace rialto::amqp {
namespace {

constexpr std::uint8_t usual_priority = 4;

Content content_of(const Message& message) {
    return {message.topic(), message.payload(), message.properties(), message.is_retained()};
}

/// Text that can't be an amqp-value is data.
Body body_for(const Message& message, const EncodeForm& form) {
    const Body body = plan_body(message.properties(), message.payload());
    const bool is_fit = form.text_as_value && (message.payload().empty() || is_utf8_text(as_text(message.payload())));
    return body == Body::text && !is_fit ? Body::data : body;
}

BareMessage::Body kind_of(Body body) noexcept {
    switch (body) {
        case Body::json_value:
            return BareMessage::Body::json;
        case Body::sections:
            return BareMessage::Body::sections;
        case Body::data:
        case Body::text:
            break;
    }
    return BareMessage::Body::payload;
}

/// The bare message that came, where its body still suits the message and the form.
std::optional<BareMessage> bare_with_body(const Message& message, const EncodeForm& form) {
    const auto bare = BareMessage::of(message);
    if (!bare || bare->kind != kind_of(plan_body(message.properties(), message.payload()))) return std::nullopt;
    if (bare->kind != BareMessage::Body::payload) return bare;
    const bool is_text = message.properties().body_kind == BodyKind::text;
    const bool suits = bare->is_value ? !form.values_as_data : !(form.text_as_value && is_text);
    return suits ? bare : std::nullopt;
}

/// Sends on what of a bare message still says what the message says, and writes the rest anew.
class BareForwarding {
public:
    BareForwarding(const Message& message, const BareMessage& bare, const Addresses& addresses, const EncodeForm& form)
        : message_(message), bare_(bare), addresses_(addresses), form_(form), body_(body_of(message, bare)) {
        read_what_it_says();
    }

    Bytes write() const {
        const Content content = content_now();
        const SectionWriter now(content, addresses_, form_, body_);
        const Content content_then{message_.topic(), message_.payload(), said_, is_retained_};
        const Addresses addresses_then{to_, reply_to_};
        const SectionWriter then(content_then, addresses_then, form_, body_);
        const bool keeps_properties = is_sound_ && !bare_.has_user_id && same(now, then, &SectionWriter::properties);
        const bool keeps_application = is_sound_ && bare_.jms_safe_names == form_.jms_safe_names && has_all_annotations() &&
                                       same(now, then, &SectionWriter::application_properties);
        Bytes out;
        now.message_annotations(out, keeps_application ? &said_.headers : nullptr);
        keeps_properties ? void(out += bare_.properties) : now.properties(out);
        keeps_application ? void(out += bare_.application_properties) : now.application_properties(out);
        out += bare_.body;
        // It may sign the whole.
        if (keeps_properties && keeps_application) out += bare_.footer;
        return out;
    }

private:
    static Body body_of(const Message& message, const BareMessage& bare) {
        const Body body = plan_body(message.properties(), message.payload());
        return body == Body::text && !bare.is_value ? Body::data : body;
    }
    static bool same(const SectionWriter& now, const SectionWriter& then, void (SectionWriter::*section)(Bytes&) const) {
        Bytes one;
        Bytes other;
        (now.*section)(one);
        (then.*section)(other);
        return one == other;
    }

    /// Those that stand among the application properties, where they are not written anew.
    bool has_all_annotations() const {
        const auto& headers = message_.properties().headers;
        return std::all_of(said_.headers.begin(), said_.headers.end(), [&headers](const Header& said) {
            return !said.name.starts_with("x-") || std::find(headers.begin(), headers.end(), said) != headers.end();
        });
    }

    void read_what_it_says() {
        const Bytes octets = Bytes(bare_.properties).append(bare_.application_properties);
        is_sound_ = is_well_formed(octets);
        if (!is_sound_) return;
        auto decoded = decode(octets, WallTime(), {.jms_safe_names = bare_.jms_safe_names});
        is_sound_ = decoded.has_value();
        if (!is_sound_) return;
        if (decoded->properties) said_ = std::move(*decoded->properties);
        is_retained_ = decoded->is_retained;
        to_ = decoded->to;
        reply_to_ = decoded->reply_to;
        // What the body says of itself, and what it had been taken for.
        if (bare_.is_value) {
            said_.body_kind = message_.properties().body_kind;
            if (body_ == Body::text && said_.content_type.empty()) said_.content_type = names::text_type;
        }
    }

    /// As the message is now, but for what other sections say already: the header how long it lives, annotations its trace.
    Content content_now() const {
        Content content = content_of(message_);
        const auto& expires = message_.properties().expires_at;
        if (expires && (!said_.expires_at || *expires <= *said_.expires_at)) content.expires_at = said_.expires_at;
        if (said_.traceparent.empty()) content.traceparent = {};
        if (said_.tracestate.empty()) content.tracestate = {};
        return content;
    }

    const Message& message_;
    const BareMessage& bare_;
    const Addresses& addresses_;
    const EncodeForm& form_;
    Body body_;
    bool is_sound_ = false;
    bool is_retained_ = false;
    Properties said_;
    std::string to_;
    std::string reply_to_;
};

}  // namespace

void append_header(Bytes& out, const Message& message, WallTime now, std::uint32_t delivery_count) {
    const Properties& properties = message.properties();
    const bool is_durable = message.qos() != Qos::at_most_once;
    Writer writer(out);
    Fields fields(writer, Section::header);
    fields.next().boolean(is_durable);
    if (properties.priority && *properties.priority != usual_priority)
        fields.next().ubyte(*properties.priority);
    else
        fields.skip();
    if (properties.expires_at) {
        const auto left = (*properties.expires_at - now).count();
        fields.next().uint(static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, UINT32_MAX)));
    } else {
        fields.skip();
    }
    fields.skip();  // first-acquirer
    if (delivery_count != 0) fields.next().uint(delivery_count);
}

Bytes encode_head(const Message& message, const Addresses& addresses, const EncodeForm& form) {
    if (const auto bare = bare_with_body(message, form)) return BareForwarding(message, *bare, addresses, form).write();
    const Content content = content_of(message);
    const SectionWriter writer(content, addresses, form, body_for(message, form));
    Bytes out;
    writer.message_annotations(out);
    writer.properties(out);
    writer.application_properties(out);
    writer.body(out);
    return out;
}

std::string_view payload_behind(const Message& message, const EncodeForm& form) {
    const auto bare = bare_with_body(message, form);
    const bool is_elsewhere = bare ? bare->holds_payload : body_for(message, form) == Body::json_value;
    return is_elsewhere ? std::string_view() : as_text(message.payload());
}

Bytes encode(const Message& message, WallTime now, const Addresses& addresses, const EncodeForm& form) {
    Bytes out;
    append_header(out, message, now);
    out += encode_head(message, addresses, form);
    out.append(payload_behind(message, form));
    return out;
}

}  // namespace rialto::amqp
