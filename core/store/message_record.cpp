#include "core/store/message_record.hpp"

#include <algorithm>

#include "core/store/record_io.hpp"
#include "core/topic.hpp"

namespace rialto::store {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t version_with_native_form = 2;  // behind the properties: whose it is, its octets
constexpr std::uint8_t retain_bit = 0x04;      // the two bits below are the QoS
constexpr std::uint8_t properties_bit = 0x08;

// Which fields follow; the bits are never given to others.
enum Present : std::uint32_t {
    has_text_body = 1u << 0,
    has_content_type = 1u << 1,
    has_content_encoding = 1u << 2,
    has_message_id = 1u << 3,
    has_correlation_id = 1u << 4,
    has_reply_to = 1u << 5,
    has_expiry = 1u << 6,
    has_priority = 1u << 7,
    has_timestamp = 1u << 8,
    has_headers = 1u << 9,
    has_key = 1u << 10,
    has_traceparent = 1u << 11,
    has_tracestate = 1u << 12,
    has_via = 1u << 13,
    has_places = 1u << 14,
};
constexpr std::uint32_t known_fields = (1u << 15) - 1;

/// Writes what stands in a Value or an Id behind its index.
struct ContentWriter {
    RecordWriter& out;

    void operator()(std::monostate) const {}
    void operator()(bool value) const { out.octet(value); }
    void operator()(std::int64_t value) const { out.signed_number(value); }
    void operator()(std::uint64_t value) const { out.number(value); }
    void operator()(double value) const { out.real(value); }
    void operator()(const std::string& value) const { out.text(value); }
    void operator()(const Binary& value) const { out.text(value.bytes); }
    void operator()(WallTime value) const { out.signed_number(value.time_since_epoch().count()); }
    void operator()(const Uuid& value) const { out.text({reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()}); }
    void operator()(const Json& value) const { out.text(value.text); }
};

template <typename Variant>
void write_variant(RecordWriter& out, const Variant& value) {
    out.octet(static_cast<std::uint8_t>(value.index()));
    std::visit(ContentWriter{out}, value);
}

void write_list(RecordWriter& out, const std::vector<std::string>& list) {
    out.number(list.size());
    for (const std::string& text : list) out.text(text);
}

std::uint32_t present_in(const Properties& p) {
    const auto bit = [](bool is_there, Present which) { return is_there ? static_cast<std::uint32_t>(which) : 0; };
    return bit(p.body_kind == BodyKind::text, has_text_body) | bit(!p.content_type.empty(), has_content_type) |
           bit(!p.content_encoding.empty(), has_content_encoding) | bit(p.message_id.index() != 0, has_message_id) |
           bit(p.correlation_id.index() != 0, has_correlation_id) | bit(!p.reply_to.empty(), has_reply_to) |
           bit(p.expires_at.has_value(), has_expiry) | bit(p.priority.has_value(), has_priority) |
           bit(p.timestamp.has_value(), has_timestamp) | bit(!p.headers.empty(), has_headers) |
           bit(p.key.has_value(), has_key) | bit(!p.traceparent.empty(), has_traceparent) |
           bit(!p.tracestate.empty(), has_tracestate) | bit(!p.via.empty(), has_via) | bit(!p.places.empty(), has_places);
}

void write_properties(RecordWriter& out, const Properties& p) {
    const std::uint32_t present = present_in(p);
    out.number(present);
    if (present & has_content_type) out.text(p.content_type);
    if (present & has_content_encoding) out.text(p.content_encoding);
    if (present & has_message_id) write_variant(out, p.message_id);
    if (present & has_correlation_id) write_variant(out, p.correlation_id);
    if (present & has_reply_to) out.text(p.reply_to);
    if (present & has_expiry) out.signed_number(p.expires_at->time_since_epoch().count());
    if (present & has_priority) out.octet(*p.priority);
    if (present & has_timestamp) out.signed_number(p.timestamp->time_since_epoch().count());
    if (present & has_headers) {
        out.number(p.headers.size());
        for (const Header& header : p.headers) {
            out.text(header.name);
            write_variant(out, header.value);
        }
    }
    if (present & has_key) out.text(*p.key);
    if (present & has_traceparent) out.text(p.traceparent);
    if (present & has_tracestate) out.text(p.tracestate);
    if (present & has_via) write_list(out, p.via);
    if (present & has_places) write_list(out, p.places);
}

class PropertiesReader {
public:
    explicit PropertiesReader(RecordReader& in) : in_(in) {}

    /// Null where the record is none that is known here.
    std::unique_ptr<Properties> read() {
        const std::uint64_t present = in_.number();
        if (present & ~std::uint64_t{known_fields}) return nullptr;
        auto p = std::make_unique<Properties>();
        if (present & has_text_body) p->body_kind = BodyKind::text;
        if (present & has_content_type) p->content_type = in_.text();
        if (present & has_content_encoding) p->content_encoding = in_.text();
        if (present & has_message_id) p->message_id = id();
        if (present & has_correlation_id) p->correlation_id = id();
        if (present & has_reply_to) p->reply_to = in_.text();
        if (present & has_expiry) p->expires_at = time();
        if (present & has_priority) p->priority = in_.octet();
        if (present & has_timestamp) p->timestamp = time();
        if (present & has_headers) headers(p->headers);
        if (present & has_key) p->key = Bytes(in_.text());
        if (present & has_traceparent) p->traceparent = in_.text();
        if (present & has_tracestate) p->tracestate = in_.text();
        if (present & has_via) list(p->via);
        if (present & has_places) list(p->places);
        return is_known_ && in_.ok() ? std::move(p) : nullptr;
    }

private:
    WallTime time() { return WallTime(std::chrono::milliseconds(in_.signed_number())); }
    Uuid uuid() {
        Uuid uuid;
        const auto text = in_.text();
        if (text.size() != uuid.bytes.size()) return is_known_ = false, uuid;
        std::copy(text.begin(), text.end(), uuid.bytes.begin());
        return uuid;
    }
    Id id() {
        switch (in_.octet()) {
            case 1: return std::string(in_.text());
            case 2: return in_.number();
            case 3: return uuid();
            case 4: return Binary{Bytes(in_.text())};
            default: is_known_ = false; return {};
        }
    }
    Value value() {
        switch (in_.octet()) {
            case 0: return {};
            case 1: return in_.octet() != 0;
            case 2: return in_.signed_number();
            case 3: return in_.number();
            case 4: return in_.real();
            case 5: return std::string(in_.text());
            case 6: return Binary{Bytes(in_.text())};
            case 7: return time();
            case 8: return uuid();
            case 9: return Json{std::string(in_.text())};
            default: is_known_ = false; return {};
        }
    }
    void headers(std::vector<Header>& to) {
        for (auto left = in_.number(); left != 0 && in_.ok(); --left) {
            std::string name(in_.text());
            to.push_back({std::move(name), value()});
        }
    }
    void list(std::vector<std::string>& to) {
        for (auto left = in_.number(); left != 0 && in_.ok(); --left) to.emplace_back(in_.text());
    }

    RecordReader& in_;
    bool is_known_ = true;
};

static_assert(std::variant_size_v<Value> == 10 && std::variant_size_v<Id> == 5, "the record names them by their index");

}  // namespace

void append_record(Bytes& out, const Message& message) {
    RecordWriter writer(out);
    const NativeForm* const native = message.native();
    writer.octet(native ? version_with_native_form : version);
    writer.octet(static_cast<std::uint8_t>(static_cast<std::uint8_t>(message.qos()) | (message.is_retained() ? retain_bit : 0) |
                                           (message.has_properties() ? properties_bit : 0)));
    writer.text(message.topic());
    if (message.has_properties()) write_properties(writer, message.properties());
    if (native) {
        writer.octet(static_cast<std::uint8_t>(native->protocol));
        writer.text(native->octets);
    }
    out += as_text(message.payload());
}

Result<MessagePtr> read_record(std::string_view record) {
    RecordReader reader(record);
    const std::uint8_t found_version = reader.octet();
    const std::uint8_t flags = reader.octet();
    const auto topic = reader.text();
    const bool is_known = found_version == version || found_version == version_with_native_form;
    if (!reader.ok() || !is_known || (flags & 0x03) == 0x03) return fail(Errc::invalid, "no record of a message");
    if (const auto is_topic = check_topic(topic); !is_topic) return in_context("a stored message", is_topic.error());
    std::unique_ptr<Properties> properties;
    if (flags & properties_bit) {
        properties = PropertiesReader(reader).read();
        if (!properties) return fail(Errc::invalid, "a stored message's properties are damaged or of a newer version");
    }
    std::shared_ptr<const NativeForm> native;
    if (found_version == version_with_native_form) {
        const auto protocol = static_cast<NativeForm::Protocol>(reader.octet());
        native = std::make_shared<NativeForm>(NativeForm{protocol, Bytes(reader.text())});
        if (!reader.ok()) return fail(Errc::invalid, "a stored message's native form is damaged");
    }
    const Message::Traits traits{static_cast<Qos>(flags & 0x03), (flags & retain_bit) != 0, 0};
    return Message::create(topic, as_bytes(reader.rest()), traits, std::move(properties), std::move(native));
}

}  // namespace rialto::store
