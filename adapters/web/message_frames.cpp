#include "core/json/text.hpp"
#include "adapters/web/live_frames.hpp"
#include "core/history/stamp.hpp"
#include "core/json/properties.hpp"
#include "core/utf8_checker.hpp"
#include "core/value_text.hpp"

namespace rialto::web {
namespace {

// The addresses of these name our encodings of a message.
constexpr char kind_key{};
constexpr char frame_keys[2]{};
constexpr char binary_keys[2]{};

enum class PayloadKind : char { json = 'j', text = 't', bytes = 'b' };

/// Decided once for each message.
PayloadKind payload_kind(const Message& message) {
    const Bytes& kind = message.encoding(&kind_key, [&] {
        const auto text = as_text(message.payload());
        if (is_json(text)) return Bytes(1, static_cast<char>(PayloadKind::json));
        return Bytes(1,
                     static_cast<char>(is_utf8(message.payload()) ? PayloadKind::text : PayloadKind::bytes));
    });
    return PayloadKind{kind[0]};
}

void append_milliseconds(Bytes& out, WallTime time) {
    out += std::to_string(time.time_since_epoch().count());
}

/// Everything but the payload and the closing brace.
void append_head(Bytes& out, const Message& message, MessageForm form) {
    out += "{\"op\":\"msg\",\"topic\":";
    append_json_string(out, message.topic());
    out += ",\"seq\":";
    const Stamp stamp = stamp_of(message);
    out += std::to_string(stamp.number);
    const auto& timestamp = message.properties().timestamp;
    if (timestamp || form == MessageForm::live) {  // when a last value came is not known any more
        out += ",\"ts\":";
        append_milliseconds(out, timestamp.value_or(stamp.seen));
    }
    if (form == MessageForm::retained) out += ",\"retain\":true";
    if (message.has_properties()) append_json_properties(out, message.properties());
}

Bytes build_frame(const Message& message, MessageForm form) {
    Bytes out;
    out.reserve(message.topic().size() + message.payload().size() + 80);
    append_head(out, message, form);
    switch (payload_kind(message)) {
        case PayloadKind::json:
            out += ",\"data\":";
            append_json_on_one_line(out, as_text(message.payload()));
            break;
        case PayloadKind::text:
            out += ",\"text\":";
            append_json_string(out, as_text(message.payload()));
            break;
        case PayloadKind::bytes:
            out += ",\"b64\":\"";
            out += to_base64(as_text(message.payload()));
            out += '"';
    }
    return out += '}';
}

Bytes build_binary_frame(const Message& message, MessageForm form) {
    Bytes head;
    append_head(head, message, form);
    head += '}';
    if (head.size() > 0xffff) return {};
    Bytes out;
    out.reserve(2 + head.size() + message.payload().size());
    out += static_cast<char>(head.size() >> 8);
    out += static_cast<char>(head.size());
    return out.append(head).append(as_text(message.payload()));
}

}  // namespace

bool is_textual(const Message& message) {
    return payload_kind(message) != PayloadKind::bytes;
}

const Bytes& message_frame(const Message& message, MessageForm form) {
    return message.encoding(&frame_keys[static_cast<std::size_t>(form)],
                            [&] { return build_frame(message, form); });
}

const Bytes& binary_message_frame(const Message& message, MessageForm form) {
    return message.encoding(&binary_keys[static_cast<std::size_t>(form)],
                            [&] { return build_binary_frame(message, form); });
}

}  // namespace rialto::web
