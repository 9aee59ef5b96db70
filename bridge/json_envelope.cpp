#include "bridge/json_envelope.hpp"

#include <set>

#include "core/json/text.hpp"
#include "core/json/value.hpp"
#include "core/utf8_checker.hpp"
#include "core/value_text.hpp"

namespace rialto::bridge {
namespace json = boost::json;

namespace {

/// Whether the values of each name stand together.
bool is_grouped(const TextHeaders& headers) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const bool goes_on = i != 0 && headers[i - 1].name == headers[i].name;
        if (!goes_on && !seen.insert(headers[i].name).second) return false;
    }
    return true;
}

void append_grouped(Bytes& out, const TextHeaders& headers) {
    out += '{';
    for (std::size_t i = 0; i < headers.size();) {
        const auto repeats = [&](std::size_t at) { return at < headers.size() && headers[at].name == headers[i].name; };
        if (i != 0) out += ',';
        append_json_string(out, headers[i].name);
        out += ':';
        const bool is_list = repeats(i + 1);
        if (is_list) out += '[';
        std::size_t at = i;
        for (; repeats(at); ++at) {
            if (at != i) out += ',';
            append_json_string(out, headers[at].value);
        }
        if (is_list) out += ']';
        i = at;
    }
    out += '}';
}

void append_pairs(Bytes& out, const TextHeaders& headers) {
    out += '[';
    for (const TextHeader& header : headers) {
        if (&header != &headers.front()) out += ',';
        out += '[';
        append_json_string(out, header.name);
        out += ',';
        append_json_string(out, header.value);
        out += ']';
    }
    out += ']';
}

bool add_header(TextHeaders& headers, std::string_view name, const json::value& value) {
    if (!value.is_string()) return false;
    headers.push_back({std::string(name), std::string(value.get_string())});
    return true;
}

std::optional<TextHeaders> headers_from(const json::value& value) {
    TextHeaders headers;
    if (const auto* const groups = value.if_object()) {
        for (const auto& member : *groups) {
            const auto* const list = member.value().if_array();
            if (!list && !add_header(headers, member.key(), member.value())) return std::nullopt;
            if (!list) continue;
            for (const json::value& each : *list) {
                if (!add_header(headers, member.key(), each)) return std::nullopt;
            }
        }
        return headers;
    }
    const auto* const pairs = value.if_array();
    if (!pairs) return std::nullopt;
    for (const json::value& each : *pairs) {
        const auto* const pair = each.if_array();
        if (!pair || pair->size() != 2 || !(*pair)[0].is_string()) return std::nullopt;
        if (!add_header(headers, (*pair)[0].get_string(), (*pair)[1])) return std::nullopt;
    }
    return headers;
}

std::optional<Bytes> payload_from(const json::object& object, std::string_view text) {
    if (object.contains("data")) {
        const auto data = json_member_text(text, "data");
        return data ? std::optional(Bytes(*data)) : std::nullopt;
    }
    if (const json::value* const plain = object.if_contains("text")) {
        return plain->is_string() ? std::optional(Bytes(plain->get_string())) : std::nullopt;
    }
    const json::value* const coded = object.if_contains("b64");
    return coded && coded->is_string() ? from_base64(coded->get_string()) : std::nullopt;
}

void append_payload(Bytes& out, ByteView payload) {
    const auto text = as_text(payload);
    if (can_be_embedded(text)) {
        out.append("\"data\":").append(text);
    } else if (is_utf8(payload)) {
        out += "\"text\":";
        append_json_string(out, text);
    } else {
        out.append("\"b64\":\"").append(to_base64(text)).append("\"");
    }
}

}  // namespace

bool can_be_embedded(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    if (text.empty() || is_space(text.front()) || is_space(text.back())) return false;
    return text.find_first_of("\r\n") == std::string_view::npos && is_json(text);
}

MessagePtr opened(const Message& carrier, ByteView payload, TextHeadersRead headers) {
    Message::Traits traits = carrier.traits();
    traits.retain = traits.retain || headers.retain;
    return Message::create(carrier.topic(), payload, traits, std::move(headers.properties));
}

Bytes json_envelope_of(const Message& message) {
    Bytes out = "{\"rialto\":1,\"topic\":";
    append_json_string(out, message.topic());
    const TextHeaders headers = text_headers_of(message);
    if (!headers.empty()) {
        out += ",\"headers\":";
        is_grouped(headers) ? append_grouped(out, headers) : append_pairs(out, headers);
    }
    out += ',';
    append_payload(out, message.payload());
    return out += '}';
}

MessagePtr open_json_envelope(const Message& message) {
    const std::string_view text = as_text(message.payload());
    boost::system::error_code broken;
    const json::value value = parse_json(text, broken);
    const auto* const object = broken ? nullptr : value.if_object();
    const json::value* const version = object ? object->if_contains("rialto") : nullptr;
    if (!version || *version != 1) return nullptr;
    const json::value* const headers = object->if_contains("headers");
    const auto read = headers ? headers_from(*headers) : TextHeaders{};
    const auto payload = payload_from(*object, text);
    if (!read || !payload) return nullptr;
    return opened(message, as_bytes(*payload), read_text_headers(*read));
}

}  // namespace rialto::bridge
