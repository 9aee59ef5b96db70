#include "adapters/mqtt/mapping.hpp"

#include "core/text_headers.hpp"
#include "core/topic.hpp"
#include "core/value_text.hpp"

#include <algorithm>

namespace rialto::mqtt {
namespace {

constexpr char encoding_key{};  // its address names our encoding
constexpr char careful_key{};   // the same for careful_properties()

/// User properties are text headers; these fields have properties of their own.
constexpr TextHeaderForm user_properties{.native = {Field::content_type, Field::correlation_id, Field::reply_to, Field::expiry,
                                                    Field::body_kind, Field::retain}};

/// Properties that belong to the packet rather than to the message.
bool is_of_the_packet(PropertyId id) noexcept {
    return id == PropertyId::topic_alias || id == PropertyId::subscription_identifier;
}

/// A user property that stands for a field; false where it stands for itself.
class FieldReader {
public:
    FieldReader(Properties& out, TypesReader& types) : out_(out), types_(types) {}

    bool read(std::string_view name, std::string_view value) {
        if (name == "content-encoding") return set(out_.content_encoding, value);
        if (name == "traceparent") return set(out_.traceparent, value);
        if (name == "tracestate") return set(out_.tracestate, value);
        if (name == "message-id") return read_message_id(value);
        if (name == "priority") return read_priority(value);
        if (name == "timestamp") return read_timestamp(value);
        if (name == "key") return read_key(value);
        if (name == "rialto-via") return read_via(value);
        return name == types_header;  // has been read already
    }

private:
    static bool set(std::string& field, std::string_view value) {
        if (!field.empty()) return false;  // a repeat stays a header
        field = value;
        return true;
    }

    bool read_message_id(std::string_view value) {
        if (out_.message_id.index() != 0) return false;
        auto id = id_of(value, types_.take("message-id"));
        if (id) out_.message_id = *std::move(id);
        return id.has_value();
    }

    bool read_priority(std::string_view value) {
        if (out_.priority || value.size() != 1 || value[0] < '0' || value[0] > '9') return false;
        out_.priority = static_cast<std::uint8_t>(value[0] - '0');
        return true;
    }

    bool read_timestamp(std::string_view value) {
        if (out_.timestamp) return false;
        const auto time = value_of(value, 't');
        if (time) out_.timestamp = std::get<WallTime>(*time);
        return time.has_value();
    }

    bool read_key(std::string_view value) {
        if (out_.key) return false;
        const auto bytes = value_of(value, types_.take("key"));
        if (!bytes) return false;
        const auto* binary = std::get_if<Binary>(&*bytes);
        out_.key = binary != nullptr ? binary->bytes : Bytes(value);
        return true;
    }

    bool read_via(std::string_view value) {
        out_.via = split_via(value);
        return true;
    }

    Properties& out_;
    TypesReader& types_;
};

Id to_correlation_id(std::string_view bytes, TypesReader& types) {
    const char code = types.take("correlation-id");
    if (code == 'u' || code == 'g') {
        if (auto id = id_of(bytes, code)) return *std::move(id);
    }
    if (code == 'b' || !is_utf8_text(bytes)) return Binary{Bytes(bytes)};
    return std::string(bytes);
}

TypesReader read_types(PropertiesView received) {
    for (const Property& property : received) {
        if (property.id == PropertyId::user_property && property.text == types_header)
            return TypesReader(property.value);
    }
    return {};
}

void read_user_property(const Property& property, Properties& out, TypesReader& types) {
    if (FieldReader(out, types).read(property.text, property.value)) return;
    auto value = value_of(property.value, types.take(property.text));
    out.headers.push_back(
        {std::string(user_name_of(property.text, user_properties)), value ? *std::move(value) : Value(std::string(property.value))});
}

WallTime end_of_life(WallTime now, std::uint32_t seconds) {
    return now + std::chrono::seconds(seconds);
}

/// How far to go with text that the standard lets pass and advises against.
enum class Care : std::uint8_t { as_it_is, careful };

/// Appends what MQTT can carry; text that it can't is left out.
class Encoder {
public:
    explicit Encoder(Care care) noexcept : care_(care) {}

    void text(PropertyId id, std::string_view value) {
        if (!value.empty() && fits(value)) writer_.text(id, value);
    }
    void bytes(PropertyId id, std::string_view value) {
        if (value.size() <= max_text) writer_.text(id, value);
    }
    void pair(std::string_view name, std::string_view value) {
        if (fits(name) && fits(value)) writer_.pair(name, value);
    }
    void pair_if_any(std::string_view name, std::string_view value) {
        if (!value.empty()) pair(name, value);
    }
    void number(PropertyId id, std::uint32_t value) { writer_.number(id, value); }
    Bytes take() const { return Bytes(as_text(writer_.view().encoded())); }

private:
    bool fits(std::string_view text) const noexcept {
        return text.size() <= max_text && is_utf8_text(text) && (care_ == Care::as_it_is || !is_doubtful(text));
    }

    PropertyWriter writer_;
    Care care_;
};

char careful_code(const Value& value) noexcept {
    if (const auto* text = std::get_if<std::string>(&value)) return is_doubtful(*text) ? 'S' : 's';
    if (const auto* json = std::get_if<Json>(&value)) return is_doubtful(json->text) ? 'J' : 'j';
    return type_code(value);
}

void encode_headers(const std::vector<Header>& headers, Care care, Encoder& out, TypesWriter& types) {
    const auto code_of =
        care == Care::careful ? careful_code : static_cast<char (*)(const Value&) noexcept>(type_code);
    const TypedNames typed(headers, code_of);
    for (const Header& header : headers) {
        const char code = code_of(header.value);
        const std::string text = text_of(header.value);
        const std::string name = wire_name_of(header.name, text, user_properties);
        out.pair(name, code == 'S' || code == 'J' ? to_base64(text) : text);
        if (typed.has(header.name)) types.add(name, code);
    }
}

void encode_correlation(const Id& id, Encoder& out, TypesWriter& types) {
    if (std::holds_alternative<std::monostate>(id)) return;
    if (const auto* binary = std::get_if<Binary>(&id)) {
        out.bytes(PropertyId::correlation_data, binary->bytes);
        if (is_utf8_text(binary->bytes)) types.add("correlation-id", 'b');
        return;
    }
    out.bytes(PropertyId::correlation_data, text_of(id));
    if (!std::holds_alternative<std::string>(id)) types.add("correlation-id", type_code(id));
}

void encode_message_id(const Id& id, Encoder& out, TypesWriter& types) {
    if (std::holds_alternative<std::monostate>(id)) return;
    out.pair("message-id", text_of(id));
    if (!std::holds_alternative<std::string>(id)) types.add("message-id", type_code(id));
}

void encode_key(const std::optional<Bytes>& key, Encoder& out, TypesWriter& types) {
    if (!key) return;
    if (is_utf8_text(*key) && !is_doubtful(*key)) return out.pair("key", *key);
    out.pair("key", to_base64(*key));
    types.add("key", 'b');
}

Bytes encode_properties(const Properties& properties, Care care) {
    Encoder out(care);
    TypesWriter types;
    if (properties.body_kind == BodyKind::text) out.number(PropertyId::payload_format_indicator, 1);
    out.text(PropertyId::content_type, properties.content_type);
    if (check_topic(properties.reply_to)) out.text(PropertyId::response_topic, properties.reply_to);
    encode_correlation(properties.correlation_id, out, types);
    out.pair_if_any("content-encoding", properties.content_encoding);
    encode_message_id(properties.message_id, out, types);
    if (properties.priority) out.pair("priority", std::to_string(*properties.priority));
    if (properties.timestamp) out.pair("timestamp", text_of(Value(*properties.timestamp)));
    encode_key(properties.key, out, types);
    out.pair_if_any("traceparent", properties.traceparent);
    out.pair_if_any("tracestate", properties.tracestate);
    out.pair_if_any("rialto-via", joined_via(properties.via));
    encode_headers(properties.headers, care, out, types);
    out.pair_if_any(types_header, types.text());
    return out.take();
}

}  // namespace

std::unique_ptr<Properties> to_properties(PropertiesView received, WallTime now) {
    std::unique_ptr<Properties> made;
    TypesReader types = read_types(received);
    for (const Property& property : received) {
        if (is_of_the_packet(property.id) || property.id == PropertyId::will_delay_interval) continue;
        if (!made) made = std::make_unique<Properties>();
        Properties& out = *made;
        switch (property.id) {
            case PropertyId::payload_format_indicator:
                out.body_kind = property.number == 1 ? BodyKind::text : BodyKind::opaque;
                break;
            case PropertyId::message_expiry_interval:
                out.expires_at = end_of_life(now, property.number);
                break;
            case PropertyId::content_type:
                out.content_type = property.text;
                break;
            case PropertyId::response_topic:
                out.reply_to = property.text;
                break;
            case PropertyId::correlation_data:
                out.correlation_id = to_correlation_id(property.text, types);
                break;
            case PropertyId::user_property:
                read_user_property(property, out, types);
                break;
            default:
                break;
        }
    }
    return made;
}

const Bytes& encoded_properties(const Message& message) {
    return message.encoding(&encoding_key,
                            [&] { return encode_properties(message.properties(), Care::as_it_is); });
}

const Bytes& careful_properties(const Message& message) {
    const Bytes& usual = encoded_properties(message);
    bool has_doubtful_text = false;
    for (const Property& property : PropertiesView(as_bytes(usual))) {
        if (type_of(property.id) == PropertyType::binary) continue;
        has_doubtful_text = has_doubtful_text || is_doubtful(property.text) || is_doubtful(property.value);
    }
    if (!has_doubtful_text) return usual;
    return message.encoding(&careful_key,
                            [&] { return encode_properties(message.properties(), Care::careful); });
}

// Of each character the first byte says how long it is; the text is well-formed.
bool is_doubtful(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
        if (byte(0) >= 0x20 && byte(0) < 0x7F) continue;
        if (byte(0) < 0x80) return true;                                  // U+0000..U+001F, U+007F
        if (byte(0) == 0xC2 && byte(1) < 0xA0) return true;               // U+0080..U+009F
        if (byte(0) == 0xEF && byte(1) == 0xB7 && byte(2) >= 0x90 && byte(2) <= 0xAF) return true;  // U+FDD0..U+FDEF
        if (byte(0) == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE) return true;                     // U+FFFE, U+FFFF
        if (byte(0) >= 0xF0 && (byte(1) & 0x0FU) == 0x0F && byte(2) == 0xBF && byte(3) >= 0xBE) return true;
        at += byte(0) >= 0xF0 ? 3 : byte(0) >= 0xE0 ? 2 : 1;
    }
    return false;
}

void keep_encoded_properties(const Message& message, PropertiesView received) {
    message.encoding(&encoding_key, [&] {
        PropertyWriter kept;
        for (const Property& property : received) {
            if (is_of_the_packet(property.id) || property.id == PropertyId::message_expiry_interval) continue;
            if (property.id == PropertyId::will_delay_interval) continue;
            switch (type_of(property.id)) {
                case PropertyType::string_pair:
                    kept.pair(property.text, property.value);
                    break;
                case PropertyType::string:
                case PropertyType::binary:
                    kept.text(property.id, property.text);
                    break;
                default:
                    kept.number(property.id, property.number);
                    break;
            }
        }
        return Bytes(as_text(kept.view().encoded()));
    });
}

std::optional<std::uint32_t> seconds_left(const Message& message, WallTime now) {
    if (!message.has_properties() || !message.properties().expires_at) return std::nullopt;
    const auto left = std::chrono::ceil<std::chrono::seconds>(*message.properties().expires_at - now).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, 0xFFFF'FFFF));
}

}  // namespace rialto::mqtt
