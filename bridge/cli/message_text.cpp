#include "bridge/cli/message_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>

#include "core/json/value.hpp"
#include "core/topic.hpp"

namespace rialto::bridge {
namespace {

namespace json = boost::json;

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string uuid_text(const Uuid& uuid) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += digits[uuid.bytes[i] >> 4U];
        out += digits[uuid.bytes[i] & 15U];
    }
    return out;
}

json::value milliseconds(WallTime time) { return time.time_since_epoch().count(); }

struct ToJson {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(bool value) const { return value; }
    json::value operator()(std::int64_t value) const { return value; }
    json::value operator()(std::uint64_t value) const { return value; }
    json::value operator()(double value) const { return value; }
    json::value operator()(const std::string& value) const { return json::string(value); }
    json::value operator()(const Binary& value) const {
        return is_utf8_text(value.bytes) ? json::string(value.bytes) : json::string(base64(value.bytes));
    }
    json::value operator()(WallTime value) const { return milliseconds(value); }
    json::value operator()(const Uuid& value) const { return json::string(uuid_text(value)); }
    json::value operator()(const Json& value) const {
        boost::system::error_code failed;
        json::value parsed = parse_json(value.text, failed);
        return failed ? json::value(json::string(value.text)) : parsed;
    }
};

/// A header that is there more than once becomes a list of its values.
void add_header(json::object& headers, const Header& header) {
    json::value value = std::visit(ToJson{}, header.value);
    auto* const known = headers.if_contains(header.name);
    if (!known) {
        headers[header.name] = std::move(value);
    } else if (known->is_array()) {
        known->as_array().push_back(std::move(value));
    } else {
        *known = json::array{std::move(*known), std::move(value)};
    }
}

void add_properties(json::object& out, const Properties& properties) {
    if (!properties.content_type.empty()) out["content_type"] = properties.content_type;
    if (!properties.content_encoding.empty()) out["content_encoding"] = properties.content_encoding;
    if (properties.message_id.index() != 0) out["message_id"] = std::visit(ToJson{}, properties.message_id);
    if (properties.correlation_id.index() != 0) out["correlation_id"] = std::visit(ToJson{}, properties.correlation_id);
    if (!properties.reply_to.empty()) out["reply_to"] = properties.reply_to;
    if (properties.expires_at) out["expires_at"] = milliseconds(*properties.expires_at);
    if (properties.priority) out["priority"] = *properties.priority;
    if (properties.timestamp) out["timestamp"] = milliseconds(*properties.timestamp);
    if (properties.key) out["key"] = ToJson{}(Binary{*properties.key});
    json::object headers;
    for (const Header& header : properties.headers) add_header(headers, header);
    if (!headers.empty()) out["headers"] = std::move(headers);
}

std::string json_text(const Message& message) {
    json::object out;
    out["topic"] = json::string(message.topic());
    const std::string_view payload = as_text(message.payload());
    if (is_utf8_text(payload)) {
        out["payload"] = json::string(payload);
    } else {
        out["base64"] = base64(payload);
    }
    out["qos"] = static_cast<int>(message.qos());
    out["retain"] = message.is_retained();
    if (message.has_properties()) add_properties(out, message.properties());
    return json::serialize(out);
}

}  // namespace

std::string message_text(const Message& message, MessageStyle style) {
    if (style == MessageStyle::json) return json_text(message);
    const std::string payload(as_text(message.payload()));
    return style == MessageStyle::payload ? payload : std::string(message.topic()) + " " + payload;
}

}  // namespace rialto::bridge
