#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "adapters/amqp/bare_message.hpp"
#include "adapters/amqp/codec/fields.hpp"
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

/// Whether the body goes on as it came: it still suits the message, and the form.
bool keeps_body(const Message& message, const BareMessage& bare, const EncodeForm& form) {
    if (bare.rewrites_body || bare.kind != kind_of(plan_body(message.properties(), message.payload()))) return false;
    if (bare.kind != BareMessage::Body::payload) return true;
    const bool is_wanted_as_value = form.text_as_value && message.properties().body_kind == BodyKind::text;
    return bare.is_value ? is_wanted_as_value || !form.values_as_data : !is_wanted_as_value;
}

/// What one kept section says by itself.
struct Said {
    explicit Said(std::string_view section, bool jms_safe_names) {
        auto decoded = decode(section, WallTime(), {.jms_safe_names = jms_safe_names});
        if (decoded.has_error()) return;
        if (decoded->properties) properties = std::move(*decoded->properties);
        is_retained = decoded->is_retained;
        to = decoded->to;
        reply_to = decoded->reply_to;
    }

    Properties properties;
    bool is_retained = false;
    std::string to;
    std::string reply_to;
};

/// Sends on what of a bare message still says what the message says, and writes the rest anew.
class BareForwarding {
public:
    BareForwarding(const Message& message, const BareMessage& bare, const Addresses& addresses, const EncodeForm& form)
        : message_(message),
          bare_(bare),
          addresses_(addresses),
          form_(form),
          keeps_body_(keeps_body(message, bare, form)),
          body_(keeps_body_ ? body_that_came() : body_for(message, form)),
          by_properties_(bare.properties, bare.jms_safe_names),
          by_application_(bare.application_properties, bare.jms_safe_names) {
        auto& type = by_properties_.properties.content_type;
        const bool is_inferred = keeps_body_ && bare_.is_value && body_ == Body::text;
        if (is_inferred && type.empty() && by_application_.properties.content_type.empty()) type = names::text_type;
    }

    Bytes write() const {
        const Content content = content_of(message_);
        const SectionWriter anew(content, addresses_, form_, body_);
        const bool has_properties = keeps_properties();
        const bool has_application = keeps_application();
        Bytes out;
        anew.message_annotations(out, has_application ? &by_application_.properties.headers : nullptr);
        has_properties ? void(out += bare_.properties) : anew.properties(out);
        has_application ? void(out += bare_.application_properties) : anew.application_properties(out);
        keeps_body_ ? void(out += bare_.body) : anew.body(out);
        // It may sign the whole.
        if (has_properties && has_application && keeps_body_ && is_proper_footer(bare_.footer)) out += bare_.footer;
        return out;
    }

private:
    using Write = void (SectionWriter::*)(Bytes&) const;

    Body body_that_came() const {
        const Body body = plan_body(message_.properties(), message_.payload());
        return body == Body::text && !bare_.is_value ? Body::data : body;
    }

    bool keeps_properties() const { return are_proper_properties(bare_.properties) && agrees(by_properties_, &SectionWriter::properties); }

    bool keeps_application() const {
        const Properties& now = message_.properties();
        const Properties& said = by_application_.properties;
        // Where they stand among the properties when they are written anew.
        const bool is_told_once = (said.content_type.empty() || said.content_type == now.content_type) &&
                                  (said.content_encoding.empty() || said.content_encoding == now.content_encoding) &&
                                  (!said.key || said.key == now.key);
        // It says it of the topic that it is sent to.
        const bool is_last_value = form_.last_value_name && message_.is_retained();
        return is_told_once && !is_last_value && are_proper_application_properties(bare_.application_properties) && has_its_names() &&
               has_plain_headers() && agrees(by_application_, &SectionWriter::application_properties);
    }

    bool agrees(const Said& said, Write section) const {
        const Content now = content_without_what_others_say(said);
        const Content then{message_.topic(), message_.payload(), said.properties, said.is_retained};
        const Addresses addresses{said.to, said.reply_to};
        Bytes one;
        Bytes other;
        (SectionWriter(now, addresses_, form_, body_).*section)(one);
        (SectionWriter(then, addresses, form_, body_).*section)(other);
        return one == other;
    }

    /// The header says how long it lives, annotations say its trace.
    Content content_without_what_others_say(const Said& said) const {
        Content content = content_of(message_);
        const auto& expires = message_.properties().expires_at;
        if (expires && (!said.properties.expires_at || *expires <= *said.properties.expires_at)) content.expires_at = said.properties.expires_at;
        if (said.properties.traceparent.empty()) content.traceparent = {};
        if (said.properties.tracestate.empty()) content.tracestate = {};
        return content;
    }

    /// In the manner of JMS, or in that of all others.
    bool has_its_names() const noexcept {
        return bare_.jms_safe_names == form_.jms_safe_names || !have_hyphens(bare_.application_properties);
    }

    /// Each says one header, none says one of AMQP's own, and those that are annotations otherwise are still the message's.
    bool has_plain_headers() const {
        boost::unordered_flat_map<std::string_view, const Header*> first;
        for (const Header& header : message_.properties().headers) first.emplace(header.name, &header);
        boost::unordered_flat_set<std::string_view> seen;
        const auto& said = by_application_.properties.headers;
        return std::all_of(said.begin(), said.end(), [&](const Header& header) {
            if (!seen.insert(header.name).second || names::is_own_field(header.name)) return false;
            const auto found = first.find(header.name);
            return !header.name.starts_with("x-") || (found != first.end() && *found->second == header);
        });
    }

    const Message& message_;
    const BareMessage& bare_;
    const Addresses& addresses_;
    const EncodeForm& form_;
    bool keeps_body_;
    Body body_;
    Said by_properties_;
    Said by_application_;
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
    if (const auto bare = BareMessage::of(message)) return BareForwarding(message, *bare, addresses, form).write();
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
    const auto bare = BareMessage::of(message);
    const bool is_kept = bare && keeps_body(message, *bare, form);
    const bool is_elsewhere = is_kept ? bare->holds_payload : body_for(message, form) == Body::json_value;
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
