#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>

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

/// How a body goes on.
struct BodyChoice {
    bool is_kept;  ///< as it came
    Body body;     ///< how it is written, or stands there
};

/// @param bare  what came; null where nothing did
BodyChoice choose_body(const Message& message, const BareMessage* bare, const EncodeForm& form) {
    const Body plan = plan_body(message.properties(), message.payload());
    const bool is_wanted_as_value = form.text_as_value && plan == Body::text;
    if (bare && !bare->rewrites_body && bare->kind == kind_of(plan)) {
        const bool suits = bare->is_value ? is_wanted_as_value || !form.values_as_data : !is_wanted_as_value;
        if (bare->kind != BareMessage::Body::payload || suits) return {true, plan == Body::text && !bare->is_value ? Body::data : plan};
    }
    // Text that can't be an amqp-value is data.
    const bool is_fit = is_wanted_as_value && (message.payload().empty() || is_utf8_text(as_text(message.payload())));
    return {false, plan == Body::text && !is_fit ? Body::data : plan};
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
          body_(choose_body(message, &bare, form)),
          plan_(message.properties(), form, body_.body),
          by_properties_(bare.properties, bare.jms_safe_names),
          by_application_(bare.application_properties, bare.jms_safe_names),
          plan_by_application_(by_application_.properties, form, body_.body) {
        auto& type = by_properties_.properties.content_type;
        const bool is_inferred = body_.is_kept && bare_.is_value && body_.body == Body::text;
        if (is_inferred && type.empty() && by_application_.properties.content_type.empty()) type = names::text_type;
    }

    Bytes write() const {
        const Content content = content_of(message_);
        const SectionWriter anew(content, addresses_, form_, body_.body, plan_);
        const bool has_properties = keeps_properties();
        const bool has_application = keeps_application();
        Bytes out;
        anew.message_annotations(out, has_application ? plan_by_application_.annotations : std::vector<const Header*>());
        has_properties ? void(out += bare_.properties) : anew.properties(out);
        has_application ? void(out += bare_.application_properties) : anew.application_properties(out);
        body_.is_kept ? void(out += bare_.body) : anew.body(out);
        // It may sign the whole.
        if (has_properties && has_application && body_.is_kept && is_proper_footer(bare_.footer)) out += bare_.footer;
        return out;
    }

private:
    using Write = void (SectionWriter::*)(Bytes&) const;

    bool keeps_properties() const {
        const HeaderPlan none(Properties(), form_, body_.body);  // no header stands there
        return are_proper_properties(bare_.properties) && agrees(by_properties_, none, &SectionWriter::properties);
    }

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
               has_plain_headers() && agrees(by_application_, plan_by_application_, &SectionWriter::application_properties);
    }

    bool agrees(const Said& said, const HeaderPlan& plan, Write section) const {
        const Content now = content_without_what_others_say(said);
        const Content then{message_.topic(), message_.payload(), said.properties, said.is_retained};
        const Addresses addresses{said.to, said.reply_to};
        Bytes one;
        Bytes other;
        (SectionWriter(now, addresses_, form_, body_.body, plan_).*section)(one);
        (SectionWriter(then, addresses, form_, body_.body, plan).*section)(other);
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

    /// Each says one header and none a field of AMQP's own, and those that are annotations otherwise are still the message's.
    bool has_plain_headers() const {
        const auto& [annotations, application, needs_multi] = plan_by_application_;
        if (annotations.size() + application.size() != by_application_.properties.headers.size()) return false;
        if (annotations.empty()) return true;
        boost::unordered_flat_map<std::string_view, const Header*> now;
        for (const Header* header : plan_.annotations) now.emplace(header->name, header);
        return std::all_of(annotations.begin(), annotations.end(), [&now](const Header* said) {
            const auto found = now.find(said->name);
            return found != now.end() && *found->second == *said;
        });
    }

    const Message& message_;
    const BareMessage& bare_;
    const Addresses& addresses_;
    const EncodeForm& form_;
    BodyChoice body_;
    HeaderPlan plan_;
    Said by_properties_;
    Said by_application_;
    HeaderPlan plan_by_application_;
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
    const Body body = choose_body(message, nullptr, form).body;
    const HeaderPlan plan(message.properties(), form, body);
    const SectionWriter writer(content, addresses, form, body, plan);
    Bytes out;
    writer.message_annotations(out);
    writer.properties(out);
    writer.application_properties(out);
    writer.body(out);
    return out;
}

std::string_view payload_behind(const Message& message, const EncodeForm& form) {
    const auto bare = BareMessage::of(message);
    const BodyChoice choice = choose_body(message, bare ? &*bare : nullptr, form);
    const bool is_elsewhere = choice.is_kept ? bare->holds_payload : choice.body == Body::json_value;
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
