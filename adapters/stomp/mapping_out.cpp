#include "adapters/stomp/destination.hpp"
#include "adapters/stomp/encoder.hpp"
#include "adapters/stomp/escape.hpp"
#include "adapters/stomp/header_names.hpp"
#include "adapters/stomp/mapping.hpp"
#include "adapters/stomp/sidecar.hpp"
#include "adapters/stomp/value_text.hpp"
#include "core/topic.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace rialto::stomp {
namespace {

/// Writes header lines, and notes what the lines alone can't say.
class HeaderLines {
public:
    explicit HeaderLines(Version version, const Dialect& dialect = client_dialect()) noexcept
        : version_(version), dialect_(dialect) {}

    void add(std::string_view name, std::string_view text, char letter = 0) {
        const bool needs = needs_percent(name, version_, HeaderPart::name) ||
                           needs_percent(text, version_, HeaderPart::value) || would_be_trimmed(name) ||
                           would_be_trimmed(text);
        if (!needs) {
            append_header(lines_, name, text, version_);
            if (letter != 0) append_mark(types_, name, letter, false);
            return;
        }
        const std::string wire_name = percent_encoded(name, ": ");
        append_header(lines_, wire_name, percent_encoded(text, version_ == Version::v1_0 ? " " : ""),
                      version_);
        append_mark(types_, wire_name, letter, true);
    }

    void add_unless_empty(std::string_view name, std::string_view text) {
        if (!text.empty()) add(name, text);
    }

    void add_id(std::string_view name, const Id& id) {
        if (std::holds_alternative<std::monostate>(id)) return;
        const Value value = std::visit(
            [](const auto& alternative) -> Value {
                if constexpr (std::is_same_v<std::decay_t<decltype(alternative)>, std::monostate>)
                    return std::string();
                else
                    return alternative;
            },
            id);
        add(name, value_text(value), type_letter(value));
    }

    void add_user_headers(const std::vector<Header>& headers) {
        std::set<std::string_view> seen;
        for (std::size_t i = 0; i < headers.size(); ++i) {
            const Header& header = headers[i];
            if (!seen.insert(header.name).second) {
                append_repeated(multi_, i, header);
                continue;
            }
            if (dialect_.shuffles_headers && headers.size() > 1) append_place(multi_, i, header.name);
            const bool renamed = is_renamed(header.name, dialect_);
            const std::string name = renamed ? std::string(renamed_prefix) + header.name : header.name;
            add(name, value_text(header.value), type_letter(header.value));
        }
    }

    Bytes finish() {
        if (!types_.empty()) append_header(lines_, types_header, types_, version_);
        if (!multi_.empty()) append_header(lines_, multi_header, multi_, version_);
        return std::move(lines_);
    }

private:
    /// A 1.0 client trims padding, as its specification's examples suggest.
    bool would_be_trimmed(std::string_view text) const noexcept {
        constexpr std::string_view padding = " \t";
        return version_ == Version::v1_0 && !text.empty() &&
               (padding.find(text.front()) != std::string_view::npos ||
                padding.find(text.back()) != std::string_view::npos);
    }

    Version version_;
    const Dialect& dialect_;
    Bytes lines_;
    std::string types_;
    std::string multi_;
};

void add_content_type(HeaderLines& lines, const Properties& properties) {
    const bool is_text = properties.body_kind == BodyKind::text;
    if (properties.content_type.empty()) {
        if (is_text) lines.add("content-type", "text/plain;charset=utf-8");
        return;
    }
    lines.add("content-type", properties.content_type);
    if (is_text && !implies_utf8(properties.content_type)) lines.add(body_header, "text");
}

void add_key(HeaderLines& lines, std::string_view name, const Bytes& key) {
    if (is_utf8_text(key)) return lines.add(name, key);
    lines.add(name, value_text(Binary{key}), 'b');
}

/// Where the absence of content-length means text, a text goes without it; a NUL would end it.
bool goes_with_length(const Message& message, const Dialect& dialect) {
    const ByteView payload = message.payload();
    return !dialect.tells_text_by_length || message.properties().body_kind != BodyKind::text || payload.empty() ||
           as_text(payload).find('\0') != std::string_view::npos;
}

void add_reply_to(HeaderLines& lines, const std::string& topic) {
    if (topic.empty()) return;
    std::string destination;
    append_destination(destination, topic, DestinationStyle{});
    lines.add("reply-to", destination);
}

std::string joined(const std::vector<std::string>& places) {
    std::string text;
    for (const std::string& place : places) {
        if (!text.empty()) text.push_back(',');
        text.append(percent_encoded(place, ","));
    }
    return text;
}

std::string milliseconds_of(WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

void add_properties(HeaderLines& lines, const Properties& properties) {
    add_content_type(lines, properties);
    lines.add_unless_empty("content-encoding", properties.content_encoding);
    lines.add_id("app-message-id", properties.message_id);
    lines.add_id("correlation-id", properties.correlation_id);
    add_reply_to(lines, properties.reply_to);
    if (properties.expires_at) lines.add("expires", milliseconds_of(*properties.expires_at));
    if (properties.priority) lines.add("priority", std::to_string(*properties.priority));
    if (properties.timestamp) lines.add("timestamp", milliseconds_of(*properties.timestamp));
    if (properties.key) add_key(lines, group_header, *properties.key);
    lines.add_unless_empty("traceparent", properties.traceparent);
    lines.add_unless_empty("tracestate", properties.tracestate);
    lines.add_unless_empty("rialto-via", joined(properties.via));
    lines.add_user_headers(properties.headers);
}

/// Nothing is said that the message does not say itself, so that it comes back as it was.
void add_body_to_broker(HeaderLines& lines, const Properties& properties) {
    lines.add_unless_empty("content-type", properties.content_type);
    const bool is_text = properties.body_kind == BodyKind::text;
    const bool is_implied = implies_utf8(properties.content_type);
    // Not left to the absence of a length alone, which Artemis does not always keep.
    if (is_text && !is_implied) lines.add(body_header, "text");
    if (!is_text && is_implied) lines.add(body_header, "bytes");
}

void add_times_to_broker(HeaderLines& lines, const Properties& properties, const Dialect& dialect) {
    if (properties.expires_at) {
        lines.add("expires", milliseconds_of(*properties.expires_at));
        const auto left = std::max(*properties.expires_at - wall_now(), std::chrono::milliseconds(1));
        if (dialect.has_ttl) lines.add("expiration", std::to_string(left.count()));
    }
    if (!properties.timestamp) {
        if (dialect.adds_timestamp) lines.add("timestamp", "0");
        return;
    }
    if (!dialect.counts_seconds) return lines.add("timestamp", milliseconds_of(*properties.timestamp));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*properties.timestamp);
    lines.add("timestamp", std::to_string(seconds.time_since_epoch().count()));
    if (seconds != *properties.timestamp) lines.add(timestamp_header, milliseconds_of(*properties.timestamp));
}

void add_key_to_broker(HeaderLines& lines, const Bytes& key, const Dialect& dialect) {
    if (!dialect.hides_group) return add_key(lines, group_header, key);
    if (is_utf8_text(key)) lines.add(group_header, key);
    add_key(lines, key_header, key);
}

void add_properties_to_broker(HeaderLines& lines, const Properties& properties, const Addresses& addresses) {
    const Dialect& dialect = addresses.dialect();
    lines.add_unless_empty("content-encoding", properties.content_encoding);
    lines.add_id(dialect.message_id, properties.message_id);
    lines.add_id("correlation-id", properties.correlation_id);
    if (!properties.reply_to.empty()) lines.add("reply-to", addresses.destination_of(properties.reply_to));
    if (properties.priority) lines.add("priority", std::to_string(*properties.priority));
    if (properties.key) add_key_to_broker(lines, *properties.key, dialect);
    lines.add_unless_empty("traceparent", properties.traceparent);
    lines.add_unless_empty("tracestate", properties.tracestate);
    lines.add_unless_empty("rialto-via", joined(properties.via));
    lines.add_user_headers(properties.headers);
}

Bytes build_shared_part(const Message& message, Version version) {
    HeaderLines lines(version);
    if (message.qos() != Qos::at_most_once) lines.add("persistent", "true");
    if (message.has_properties()) add_properties(lines, message.properties());
    Bytes part = lines.finish();
    const ByteView payload = message.payload();
    if (!payload.empty()) append_header(part, "content-length", std::to_string(payload.size()), version);
    part.push_back('\n');
    if (payload.size() > largest_shared_payload) return part;
    part.append(as_text(payload)).push_back('\0');
    return part;
}

}  // namespace

const Bytes& shared_part(const Message& message, Version version) {
    // One encoding for each version: they escape differently.
    static constexpr std::array<char, 3> keys{};
    return message.encoding(&keys[static_cast<std::size_t>(version)],
                            [&] { return build_shared_part(message, version); });
}

Bytes lines_to_broker(const Message& message, Version version, const Addresses& addresses) {
    const Dialect& dialect = addresses.dialect();
    HeaderLines lines(version, dialect);
    if (addresses.shortens(message.topic())) lines.add(topic_header, message.topic());
    lines.add("persistent", message.qos() == Qos::at_most_once ? "false" : "true");
    if (message.is_retained()) lines.add("retain", "true");
    add_body_to_broker(lines, message.properties());
    add_times_to_broker(lines, message.properties(), dialect);
    if (message.has_properties()) add_properties_to_broker(lines, message.properties(), addresses);
    if (goes_with_length(message, dialect)) lines.add("content-length", std::to_string(message.payload().size()));
    return lines.finish();
}

}  // namespace rialto::stomp
