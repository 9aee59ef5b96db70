#include "adapters/amqp/section_writer.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>

#include "adapters/amqp/codec/fields.hpp"
#include "adapters/amqp/codec/reader.hpp"
#include "adapters/amqp/codec/writer.hpp"
#include "adapters/amqp/names.hpp"
#include "core/value_text.hpp"

namespace rialto::amqp {
namespace {

const Header* find_header(const Properties& properties, std::string_view name) noexcept {
    const auto found = std::find_if(properties.headers.begin(), properties.headers.end(),
                                    [name](const Header& header) { return header.name == name; });
    return found == properties.headers.end() ? nullptr : &*found;
}

/// Empty where it is no text, or not there.
std::string_view text_header(const Properties& properties, std::string_view name) noexcept {
    const Header* const header = find_header(properties, name);
    const auto* const text = header ? std::get_if<std::string>(&header->value) : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

/// Sections as somebody's AMQP library encoded them; checked, as anybody may send anything under that content type.
bool are_body_sections(std::string_view octets) noexcept {
    if (octets.empty() || !is_proper(octets)) return false;
    Reader reader(octets);
    std::optional<Section> first;
    while (!reader.at_end()) {
        Item head;
        Item value;
        if (!reader.next(head) || head.type != Type::described || !reader.next(value)) return false;
        const auto section = is_named_properly(head) ? section_of(head) : std::nullopt;
        const bool fits = (section == Section::data && value.type == Type::binary) ||
                          (section == Section::sequence && value.type == Type::list) || (section == Section::value && !first);
        if (!fits || (first && first != section)) return false;
        first = section;
    }
    return true;
}

/// A map section, begun when its first entry comes.
class Entries {
public:
    Entries(Writer& writer, Section section) noexcept : writer_(writer), section_(section) {}
    Writer& next(std::string_view name) {
        if (!map_) {
            writer_.described(section_);
            map_.emplace(writer_, Compound::Kind::map);
        }
        map_->count(2);
        if (section_ == Section::message_annotations)
            writer_.symbol(name);
        else
            writer_.string(name);
        return writer_;
    }

private:
    Writer& writer_;
    Section section_;
    std::optional<Compound> map_;
};

void write_value(const Value& value, Writer& out) {
    const auto* const json = std::get_if<Json>(&value);
    if (!json || !append_json(json->text, out.bytes())) out.value(value);
}

/// Whether it goes back to a field of AMQP's own, or is told by the body.
bool is_native(const Header& header, Body body) noexcept {
    if (header.name == names::subject || header.name == names::reply_to_group)
        return std::holds_alternative<std::string>(header.value);
    if (header.name == names::group_sequence) {
        const auto* const number = std::get_if<std::uint64_t>(&header.value);
        return number && *number <= UINT32_MAX;
    }
    return body == Body::json_value && header.name == names::body;
}

/// All headers in order, as pairs.
void write_multi(Writer& out, const std::vector<Header>& headers, Body body) {
    Compound list(out, Compound::Kind::list);
    for (const Header& header : headers) {
        if (is_native(header, body)) continue;
        list.count();
        Compound pair(out, Compound::Kind::list);
        pair.count(2);
        out.string(header.name);
        write_value(header.value, out);
    }
}

void replace_hyphens(std::string& name) {
    for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at)) name.replace(at, 1, names::jms_hyphen);
}

}  // namespace

Body plan_body(const Properties& properties, ByteView payload) {
    if (properties.content_type == names::octets_type && are_body_sections(as_text(payload))) return Body::sections;
    if (properties.content_type == names::json_type && text_header(properties, names::body) == names::value_body) {
        Bytes probe;
        if (append_json(as_text(payload), probe)) return Body::json_value;
    }
    return properties.body_kind == BodyKind::text ? Body::text : Body::data;
}

HeaderPlan::HeaderPlan(const Properties& properties, const EncodeForm& form, Body body) {
    boost::unordered_flat_set<std::string_view> seen;
    for (const Header& header : properties.headers) {
        if (is_native(header, body)) continue;
        const bool is_annotation =
            form.x_names_as_annotations && header.name.starts_with("x-") && is_ascii(header.name) && header.name.size() < 256;
        needs_multi |= !is_annotation && !annotations.empty();
        if (!seen.insert(header.name).second) {
            needs_multi = true;
            continue;
        }
        (is_annotation ? annotations : application).push_back(&header);
    }
}

void SectionWriter::message_annotations(Bytes& out, const std::vector<const Header*>& carried) const {
    Writer writer(out);
    Entries entries(writer, Section::message_annotations);
    boost::unordered_flat_set<std::string_view> said;
    for (const Header* header : carried) said.insert(header->name);
    for (const Header* header : plan_.annotations) {
        if (said.contains(header->name)) continue;
        write_value(header->value, entries.next(names::on_wire(header->name)));
    }
    if (!properties_.traceparent.empty()) entries.next(names::opt_traceparent).string(properties_.traceparent);
    if (!properties_.tracestate.empty()) entries.next(names::opt_tracestate).string(properties_.tracestate);
    if (!properties_.via.empty()) {
        Compound list(entries.next(names::via), Compound::Kind::list);
        for (const std::string& hop : properties_.via) {
            list.count();
            writer.string(hop);
        }
    }
    if (plan_.needs_multi) write_multi(entries.next(names::multi), properties_.headers, body_);
}

void SectionWriter::properties(Bytes& out) const {
    Writer writer(out);
    Fields fields(writer, Section::properties);
    fields.id(properties_.message_id);
    fields.skip();  // user-id: nobody's word is taken for it
    fields.text(addresses_.to);
    fields.text(addresses_.subject.empty() ? text_header(properties_, names::subject) : addresses_.subject);
    fields.text(addresses_.reply_to);
    fields.id(properties_.correlation_id);
    const bool has_type = !hides_content_type() && is_ascii(properties_.content_type);
    fields.symbol(has_type ? std::string_view(properties_.content_type) : std::string_view());
    fields.symbol(is_ascii(properties_.content_encoding) ? std::string_view(properties_.content_encoding) : std::string_view());
    fields.time(content_.expires_at);
    fields.time(properties_.timestamp);
    if (properties_.key && is_text_key())
        fields.next().string(*properties_.key);
    else
        fields.skip();
    const Header* const sequence = find_header(properties_, names::group_sequence);
    if (sequence && is_native(*sequence, body_))
        fields.next().uint(static_cast<std::uint32_t>(std::get<std::uint64_t>(sequence->value)));
    else
        fields.skip();
    fields.text(text_header(properties_, names::reply_to_group));
}

void SectionWriter::application_properties(Bytes& out) const {
    Writer writer(out);
    Entries entries(writer, Section::application_properties);
    TypesWriter types;
    for (const Header* header : plan_.application) {
        std::string name = names::on_wire(header->name);
        if (std::holds_alternative<Json>(header->value)) types.add(name, 'j');
        if (form_.jms_safe_names) replace_hyphens(name);
        entries.next(name).value(header->value);
    }
    const auto add = [&](std::string_view name, std::string_view text) {
        if (!text.empty()) entries.next(name).string(text);
    };
    if (content_.is_retained) entries.next(names::retain).boolean(true);
    if (content_.is_retained && form_.last_value_name) add(names::last_value, content_.topic);
    if (properties_.body_kind == BodyKind::text && body_ == Body::data) add(names::body, "text");
    if (!hides_content_type() && !is_ascii(properties_.content_type)) add(names::content_type, properties_.content_type);
    if (!is_ascii(properties_.content_encoding)) add(names::content_encoding, properties_.content_encoding);
    if (properties_.key && !is_text_key()) entries.next(names::key).binary(*properties_.key);
    add(names::traceparent, content_.traceparent);
    add(names::tracestate, content_.tracestate);
    add(names::types, types.text());
}

void SectionWriter::body(Bytes& out) const {
    Writer writer(out);
    const std::string_view payload = as_text(content_.payload);
    switch (body_) {
        case Body::data:
            writer.described(Section::data);
            return writer.binary_head(payload.size());
        case Body::text:
            writer.described(Section::value);
            return writer.string_head(payload.size());
        case Body::json_value:
            writer.described(Section::value);
            append_json(payload, writer.bytes());
            return;
        case Body::sections:
            return;  // they are the payload
    }
}

}  // namespace rialto::amqp
