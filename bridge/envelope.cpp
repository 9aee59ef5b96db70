#include "bridge/envelope.hpp"

#include <array>

#include "bridge/cloud_event.hpp"
#include "bridge/json_envelope.hpp"
#include "core/header_block.hpp"
#include "core/text_headers.hpp"

namespace rialto::bridge {
namespace {

/// No UTF-8 text begins so. The last is the version.
constexpr std::string_view magic("\xC1RLT\x01", 5);

void append_length(Bytes& out, std::size_t length) {
    for (; length >= 0x80; length >>= 7U) out += static_cast<char>(0x80U | (length & 0x7FU));
    out += static_cast<char>(length);
}

/// Takes the number off the text. Nothing where it is cut or too long.
std::optional<std::size_t> take_length(std::string_view& text) {
    std::size_t length = 0;
    for (unsigned shift = 0; shift < 35 && !text.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
        if (byte < 0x80) return length;
    }
    return std::nullopt;
}

Bytes frame_of(const Message& message) {
    const Bytes block = header_block_of(text_headers_of(message));
    Bytes frame;
    frame.reserve(magic.size() + 5 + block.size() + message.payload().size());
    frame.append(magic);
    append_length(frame, block.size());
    return frame.append(block).append(as_text(message.payload()));
}

MessagePtr open_frame(const Message& message) {
    std::string_view rest = as_text(message.payload()).substr(magic.size());
    const auto length = take_length(rest);
    if (!length || *length > rest.size()) return nullptr;
    const auto headers = read_header_block(as_bytes(rest.substr(0, *length)));
    if (headers.has_error()) return nullptr;
    return opened(message, as_bytes(rest.substr(*length)), read_text_headers(*headers));
}

Bytes content_of(const Message& message, Envelope::Form form, const std::string& source) {
    switch (form) {
        case Envelope::Form::json: return json_envelope_of(message);
        case Envelope::Form::cloudevents: return cloud_event_of(message, source);
        case Envelope::Form::frame: return frame_of(message);
        case Envelope::Form::none: break;
    }
    return Bytes(as_text(message.payload()));
}

}  // namespace

std::optional<Envelope::Form> Envelope::form_named(std::string_view name) noexcept {
    if (name == "none") return Form::none;
    if (name == "json") return Form::json;
    if (name == "cloudevents") return Form::cloudevents;
    if (name == "frame") return Form::frame;
    return std::nullopt;
}

FieldSet Envelope::carries(FieldSet bare) const noexcept {
    switch (form_) {
        case Form::json:
        case Form::frame: return FieldSet::all();
        case Form::cloudevents: return bare.with(fields_of_cloud_events);
        case Form::none: break;
    }
    return bare;
}

MessagePtr Envelope::seal(const MessagePtr& message) const {
    if (is_none()) return message;
    Message::Traits traits = message->traits();
    // An empty payload clears a retained message, whatever stands around it elsewhere.
    if (message->clears_retained()) return Message::create(message->topic(), {}, traits);
    const Bytes content = content_of(*message, form_, source_);
    auto properties = std::make_unique<Properties>();
    properties->expires_at = message->properties().expires_at;  // for those that keep it from being sent at all
    return Message::create(message->topic(), as_bytes(content), traits, std::move(properties));
}

MessagePtr Envelope::open(const MessagePtr& message) const {
    if (is_none()) return message;
    const std::string_view payload = as_text(message->payload());
    MessagePtr inner;
    if (payload.starts_with(magic)) {
        inner = open_frame(*message);
    } else if (payload.starts_with('{')) {
        inner = open_json_envelope(*message);
        if (!inner) inner = open_cloud_event(*message);
    }
    return inner ? inner : message;
}

}  // namespace rialto::bridge
