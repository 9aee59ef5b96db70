#include "core/text_headers.hpp"

#include <algorithm>
#include <array>

#include "core/topic.hpp"
#include "core/value_text.hpp"

namespace rialto {
namespace {

constexpr std::string_view renamed_prefix = "u.";
constexpr std::string_view body_header = "rialto-body";
constexpr std::string_view via_header = "rialto-via";

struct NamedField {
    std::string_view name;
    Field field;
};

constexpr std::array named_fields{
    NamedField{"content-type", Field::content_type},
    NamedField{"content-encoding", Field::content_encoding},
    NamedField{"message-id", Field::message_id},
    NamedField{"correlation-id", Field::correlation_id},
    NamedField{"reply-to", Field::reply_to},
    NamedField{"expires", Field::expiry},
    NamedField{"priority", Field::priority},
    NamedField{"timestamp", Field::timestamp},
    NamedField{"key", Field::key},
    NamedField{"traceparent", Field::trace},
    NamedField{"tracestate", Field::trace},
    NamedField{"retain", Field::retain},
    NamedField{body_header, Field::body_kind},
    NamedField{via_header, Field::via},
};

/// Nothing where the name is no field's, or that of one with a place of its own.
const NamedField* find_field(std::string_view name, const TextHeaderForm& form) noexcept {
    const auto found = std::find_if(named_fields.begin(), named_fields.end(),
                                    [name](const NamedField& field) { return field.name == name; });
    return found == named_fields.end() || form.native.has(found->field) ? nullptr : &*found;
}

/// Whether a name may mean something to the reader: a field, or a header with another name.
bool is_reserved(std::string_view name, const TextHeaderForm& form) noexcept {
    while (name.starts_with(renamed_prefix)) name.remove_prefix(renamed_prefix.size());
    return name == types_header || find_field(name, form) != nullptr;
}

/// Whether a reader would take the text for the field's; what makes no sense to it stays a header.
bool makes_sense(Field field, std::string_view text) {
    switch (field) {
        case Field::priority: return text.size() == 1 && text[0] >= '0' && text[0] <= '9';
        case Field::expiry:
        case Field::timestamp: return value_of(text, 't').has_value();
        case Field::retain: return text == "true";
        case Field::body_kind: return text == "text";
        default: return true;
    }
}

std::string milliseconds_of(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

/// Collects headers and their types.
class Writer {
public:
    Writer(const TextHeaderForm& form, TextHeaders& out) : form_(form), out_(out) {}

    void write(const Message& message) {
        if (message.is_retained() && wants(Field::retain)) add("retain", "true");
        if (message.has_properties()) write(message.properties());
        if (!types_.text().empty()) out_.push_back({std::string(types_header), types_.text()});
    }

private:
    bool wants(Field field) const noexcept { return !form_.native.has(field); }

    void write(const Properties& properties) {
        if (properties.body_kind == BodyKind::text && wants(Field::body_kind)) add(body_header, "text");
        add_if_any(Field::content_type, "content-type", properties.content_type);
        add_if_any(Field::content_encoding, "content-encoding", properties.content_encoding);
        if (wants(Field::message_id)) add_id("message-id", properties.message_id);
        if (wants(Field::correlation_id)) add_id("correlation-id", properties.correlation_id);
        add_if_any(Field::reply_to, "reply-to", properties.reply_to);
        if (properties.expires_at && wants(Field::expiry)) add("expires", milliseconds_of(*properties.expires_at));
        if (properties.priority && wants(Field::priority)) add("priority", std::to_string(*properties.priority));
        if (properties.timestamp && wants(Field::timestamp)) add("timestamp", milliseconds_of(*properties.timestamp));
        if (properties.key && wants(Field::key)) add_key(*properties.key);
        add_if_any(Field::trace, "traceparent", properties.traceparent);
        add_if_any(Field::trace, "tracestate", properties.tracestate);
        add_if_any(Field::via, via_header, joined_via(properties.via));
        if (wants(Field::headers)) add_user_headers(properties.headers);
    }

    void add(std::string_view name, std::string value) { out_.push_back({std::string(name), std::move(value)}); }
    void add_if_any(Field field, std::string_view name, const std::string& value) {
        if (!value.empty() && wants(field)) add(name, value);
    }

    void add_id(std::string_view name, const Id& id) {
        if (id.index() == 0) return;
        const auto* const binary = std::get_if<Binary>(&id);
        if (binary && form_.takes_bytes) {
            add(name, binary->bytes);
            if (is_utf8_text(binary->bytes)) types_.add(name, raw_bytes_code);
            return;
        }
        add(name, text_of(id));
        if (type_code(id) != 's') types_.add(name, type_code(id));
    }

    void add_key(const Bytes& key) {
        if (form_.takes_bytes || is_utf8_text(key)) return add("key", key);
        add("key", to_base64(key));
        types_.add("key", 'b');
    }

    char code_of(const Value& value) const {
        const auto* const binary = std::get_if<Binary>(&value);
        if (!binary || !form_.takes_bytes) return type_code(value);
        return is_utf8_text(binary->bytes) ? raw_bytes_code : 's';  // what is no text can only be bytes
    }

    void add_user_headers(const std::vector<Header>& headers) {
        const TypedNames typed(headers, [this](const Value& value) { return code_of(value); });
        for (const Header& header : headers) {
            const auto* const binary = std::get_if<Binary>(&header.value);
            std::string text = binary && form_.takes_bytes ? binary->bytes : text_of(header.value);
            std::string name = wire_name_of(header.name, text, form_);
            if (typed.has(header.name)) types_.add(name, code_of(header.value));
            out_.push_back({std::move(name), std::move(text)});
        }
    }

    const TextHeaderForm& form_;
    TextHeaders& out_;
    TypesWriter types_;
};

/// Takes headers one by one, in their order.
class Reader {
public:
    Reader(const TextHeaderForm& form, std::span<const TextHeader> headers) : form_(form), headers_(headers) {
        for (const TextHeader& header : headers) {
            if (header.name == types_header) types_ = TypesReader(header.value);
        }
    }

    TextHeadersRead read() {
        for (const TextHeader& header : headers_) {
            if (header.name == types_header) continue;
            const NamedField* const field = find_field(header.name, form_);
            if (field && read_field(*field, header)) continue;
            add_user_header(header);
        }
        return std::move(read_);
    }

private:
    Properties& properties() {
        if (!read_.properties) read_.properties = std::make_unique<Properties>();
        return *read_.properties;
    }

    bool read_field(const NamedField& field, const TextHeader& header) {
        const std::string_view value = header.value;
        switch (field.field) {
            case Field::content_type: return set(properties().content_type, value);
            case Field::content_encoding: return set(properties().content_encoding, value);
            case Field::trace:
                return set(field.name == "traceparent" ? properties().traceparent : properties().tracestate, value);
            case Field::message_id: return set_id(properties().message_id, header);
            case Field::correlation_id: return set_id(properties().correlation_id, header);
            case Field::reply_to: return check_topic(value).has_value() && set(properties().reply_to, value);
            case Field::expiry: return set_time(properties().expires_at, value);
            case Field::timestamp: return set_time(properties().timestamp, value);
            case Field::priority: return set_priority(value);
            case Field::key: return set_key(header);
            case Field::retain: return set_retain(value);
            case Field::body_kind: return set_body_kind(value);
            case Field::via: properties().via = split_via(value); return true;
            case Field::headers: break;
        }
        return false;
    }

    static bool set(std::string& field, std::string_view value) {
        if (!field.empty() || value.empty() || !is_utf8_text(value)) return false;  // a repeat stays a header
        field = value;
        return true;
    }

    /// The type that was told; for what is no text that is bytes, where the form takes them.
    char code_of(const TextHeader& header) {
        const char code = types_.take(header.name);
        return code == 's' && form_.takes_bytes && !is_utf8_text(header.value) ? raw_bytes_code : code;
    }

    bool set_id(Id& field, const TextHeader& header) {
        if (field.index() != 0) return false;
        auto id = id_of(header.value, code_of(header));
        if (id) field = *std::move(id);
        return id.has_value();
    }

    static bool set_time(std::optional<WallTime>& field, std::string_view value) {
        if (field) return false;
        const auto time = value_of(value, 't');
        if (time) field = std::get<WallTime>(*time);
        return time.has_value();
    }

    bool set_priority(std::string_view value) {
        if (properties().priority || !makes_sense(Field::priority, value)) return false;
        properties().priority = static_cast<std::uint8_t>(value[0] - '0');
        return true;
    }

    bool set_key(const TextHeader& header) {
        if (properties().key) return false;
        const auto value = value_of(header.value, code_of(header));
        const auto* const binary = value ? std::get_if<Binary>(&*value) : nullptr;
        properties().key = binary ? binary->bytes : header.value;
        return true;
    }

    bool set_retain(std::string_view value) {
        if (value != "true") return false;
        read_.retain = true;
        return true;
    }

    bool set_body_kind(std::string_view value) {
        if (value != "text") return false;
        properties().body_kind = BodyKind::text;
        return true;
    }

    void add_user_header(const TextHeader& header) {
        auto value = value_of(header.value, code_of(header));
        properties().headers.push_back({std::string(user_name_of(header.name, form_)), value ? *std::move(value) : untyped(header.value)});
    }

    static Value untyped(const std::string& value) {
        if (is_utf8_text(value)) return value;
        return Binary{value};
    }

    const TextHeaderForm& form_;
    std::span<const TextHeader> headers_;
    TypesReader types_;
    TextHeadersRead read_;
};

}  // namespace

TextHeaders text_headers_of(const Message& message, const TextHeaderForm& form) {
    TextHeaders headers;
    Writer(form, headers).write(message);
    return headers;
}

TextHeadersRead read_text_headers(std::span<const TextHeader> headers, const TextHeaderForm& form) {
    return Reader(form, headers).read();
}

std::string wire_name_of(std::string_view name, std::string_view text, const TextHeaderForm& form) {
    if (!form.user_prefix.empty()) return std::string(form.user_prefix).append(name);
    const NamedField* const field = find_field(name, form);
    const bool is_renamed = field ? makes_sense(field->field, text) : is_reserved(name, form);
    return is_renamed ? std::string(renamed_prefix).append(name) : std::string(name);
}

std::string_view user_name_of(std::string_view wire_name, const TextHeaderForm& form) noexcept {
    const std::string_view prefix = form.user_prefix.empty() ? renamed_prefix : form.user_prefix;
    const std::string_view rest = wire_name.starts_with(prefix) ? wire_name.substr(prefix.size()) : wire_name;
    return form.user_prefix.empty() && !is_reserved(rest, form) ? wire_name : rest;
}

std::string joined_via(const std::vector<std::string>& via) {
    std::string text;
    for (const std::string& place : via) {
        if (place.empty()) continue;  // nobody's name
        if (!text.empty()) text += ',';
        for (const char c : place) {
            if (c == ',' || c == '%') {
                text += c == ',' ? "%2C" : "%25";
            } else {
                text += c;
            }
        }
    }
    return text;
}

std::vector<std::string> split_via(std::string_view text) {
    std::vector<std::string> via;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto joined = text.substr(0, comma);
        std::string place;
        for (std::size_t at = 0; at < joined.size(); ++at) {
            const auto code = joined.substr(at, 3);
            const bool is_escaped = code == "%2C" || code == "%25";
            place += !is_escaped ? joined[at] : code == "%2C" ? ',' : '%';
            if (is_escaped) at += 2;
        }
        if (!place.empty()) via.push_back(std::move(place));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return via;
}

}  // namespace rialto
