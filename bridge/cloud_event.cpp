#include "bridge/cloud_event.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdio>
#include <set>

#include "bridge/json_envelope.hpp"
#include "core/clock.hpp"
#include "core/json/text.hpp"
#include "core/json/value.hpp"
#include "core/topic.hpp"
#include "core/value_text.hpp"

namespace rialto::bridge {
namespace json = boost::json;

namespace {

constexpr std::size_t longest_name = 20;

/// @source CloudEvents 1.0.2, Naming Conventions
bool is_attribute_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

constexpr std::array<std::string_view, 16> own_names{
    "specversion",   "id",         "source",        "type",       "subject",    "time",       "datacontenttype", "dataschema",
    "data",          "data_base64", "correlationid", "expirytime", "partitionkey", "traceparent", "tracestate",   "rialtovia"};

bool is_own(std::string_view name) noexcept { return std::find(own_names.begin(), own_names.end(), name) != own_names.end(); }

/// Different for each event of this process and, nearly certainly, from those of any other.
std::string new_id() {
    static const std::string start = std::to_string(Clock::now().time_since_epoch().count());
    static std::atomic<std::uint64_t> number{0};
    return start + "-" + std::to_string(number.fetch_add(1, std::memory_order_relaxed));
}

class Writer {
public:
    explicit Writer(Bytes& out) : out_(out) {}
    void text(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        begin(name);
        append_json_string(out_, value);
    }
    void begin(std::string_view name) {
        out_.append(",\"").append(name).append("\":");
    }

private:
    Bytes& out_;
};

/// Attributes are strings, booleans and 32-bit integers. @source CloudEvents 1.0.2, Type System
void write_extension(Writer& out, Bytes& to, const Header& header) {
    if (!is_attribute_name(header.name) || is_own(header.name)) return;
    const bool is_bare = std::holds_alternative<bool>(header.value) ||
                         (std::holds_alternative<std::int64_t>(header.value) &&
                          std::abs(std::get<std::int64_t>(header.value)) <= 0x7FFFFFFF);
    if (!is_bare) return out.text(header.name, text_of(header.value));
    out.begin(header.name);
    to += text_of(header.value);
}

void write_properties(Bytes& to, const Properties& properties) {
    Writer out(to);
    out.text("datacontenttype", properties.content_type);
    if (properties.timestamp) out.text("time", rfc3339_of(*properties.timestamp));
    if (properties.correlation_id.index() != 0) out.text("correlationid", text_of(properties.correlation_id));
    if (properties.expires_at) out.text("expirytime", rfc3339_of(*properties.expires_at));
    if (properties.key) out.text("partitionkey", is_utf8_text(*properties.key) ? *properties.key : to_base64(*properties.key));
    out.text("traceparent", properties.traceparent);
    out.text("tracestate", properties.tracestate);
    out.text("rialtovia", joined_via(properties.via));
    std::set<std::string_view> seen;
    for (const Header& header : properties.headers) {
        if (seen.insert(header.name).second) write_extension(out, to, header);  // an attribute has one value
    }
}

std::optional<std::string> string_in(const json::object& event, std::string_view name) {
    const json::value* const value = event.if_contains(name);
    return value && value->is_string() ? std::optional(std::string(value->get_string())) : std::nullopt;
}

void read_field(Properties& out, std::string_view name, std::string text) {
    if (name == "id") out.message_id = std::move(text);
    else if (name == "time") out.timestamp = time_from_rfc3339(text);
    else if (name == "datacontenttype") out.content_type = std::move(text);
    else if (name == "correlationid") out.correlation_id = std::move(text);
    else if (name == "expirytime") out.expires_at = time_from_rfc3339(text);
    else if (name == "partitionkey") out.key = std::move(text);
    else if (name == "traceparent") out.traceparent = std::move(text);
    else if (name == "tracestate") out.tracestate = std::move(text);
    else if (name == "rialtovia") out.via = split_via(text);
}

/// Source, type and what we do not know stay headers, so that the event can be told from others further on.
bool stays_header(std::string_view name) {
    constexpr std::array<std::string_view, 3> kept{"source", "type", "dataschema"};
    return !is_own(name) || std::find(kept.begin(), kept.end(), name) != kept.end();
}

std::unique_ptr<Properties> properties_from(const json::object& event) {
    auto properties = std::make_unique<Properties>();
    for (const auto& member : event) {
        const std::string_view name = member.key();
        const json::value& value = member.value();
        if (!stays_header(name)) {
            if (value.is_string()) read_field(*properties, name, std::string(value.get_string()));
        } else if (value.is_string()) {
            properties->headers.push_back({std::string(name), std::string(value.get_string())});
        } else if (value.is_bool()) {
            properties->headers.push_back({std::string(name), value.get_bool()});
        } else if (value.is_int64()) {
            properties->headers.push_back({std::string(name), value.get_int64()});
        }
    }
    return properties;
}

/// Whether `data` is to be taken as JSON and not as the text of a JSON string. @source CloudEvents JSON format, section 3.1
bool is_json_type(std::string_view content_type) {
    return content_type.empty() || content_type.find("json") != std::string_view::npos;
}

std::optional<Bytes> payload_from(const json::object& event, std::string_view text) {
    if (const auto coded = string_in(event, "data_base64")) return from_base64(*coded);
    const json::value* const data = event.if_contains("data");
    if (!data) return Bytes();
    if (data->is_string() && !is_json_type(string_in(event, "datacontenttype").value_or(""))) return Bytes(data->get_string());
    const auto embedded = json_member_text(text, "data");
    return embedded ? Bytes(*embedded) : Bytes(json::serialize(*data));
}

}  // namespace

std::string rfc3339_of(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> room{};
    const int size = std::snprintf(room.data(), room.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {room.data(), static_cast<std::size_t>(size)};
}

std::optional<WallTime> time_from_rfc3339(std::string_view text) {
    const auto number = [&](std::size_t at, std::size_t digits) -> int {
        int value = -1;
        if (at + digits > text.size()) return -1;
        const auto end = text.data() + at + digits;
        return std::from_chars(text.data() + at, end, value).ptr == end ? value : -1;
    };
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(number(0, 4)), std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                           std::chrono::day(static_cast<unsigned>(number(8, 2))));
    const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
    if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    std::size_t at = 19;
    int milliseconds = 0;
    if (text[at] == '.') {
        int weight = 100;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, weight /= 10) milliseconds += (text[at] - '0') * weight;
    }
    int offset = 0;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        const int hours = number(at + 1, 2), minutes = number(at + 4, 2);
        if (hours < 0 || minutes < 0 || at + 6 != text.size()) return std::nullopt;
        offset = (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
    } else if (at + 1 != text.size() || (text[at] != 'Z' && text[at] != 'z')) {
        return std::nullopt;
    }
    using namespace std::chrono;
    return WallTime(sys_days(date)) + hours(hour) + minutes(minute - offset) + seconds(second) + std::chrono::milliseconds(milliseconds);
}

Bytes cloud_event_of(const Message& message, const std::string& source) {
    const Properties& properties = message.properties();
    Bytes out = "{\"specversion\":\"1.0\",\"id\":";
    append_json_string(out, properties.message_id.index() != 0 ? text_of(properties.message_id) : new_id());
    const auto header_or = [&](std::string_view name, const std::string& otherwise) {
        for (const Header& header : properties.headers) {
            const auto* const text = std::get_if<std::string>(&header.value);
            if (header.name == name && text && !text->empty()) return *text;
        }
        return otherwise;
    };
    out += ",\"source\":";
    append_json_string(out, header_or("source", source));
    out += ",\"type\":";
    append_json_string(out, header_or("type", "rialto.message"));
    out += ",\"subject\":";
    append_json_string(out, message.topic());
    write_properties(out, properties);
    if (message.payload().empty()) return out += '}';
    out += ',';
    const bool is_text = !is_json_type(properties.content_type);
    if (is_text && is_utf8_text(as_text(message.payload()))) {  // JSON of another type is the text that it is
        out += "\"data\":";
        append_json_string(out, as_text(message.payload()));
    } else if (!is_text && can_be_embedded(as_text(message.payload()))) {
        out.append("\"data\":").append(as_text(message.payload()));
    } else {
        out.append("\"data_base64\":\"").append(to_base64(as_text(message.payload()))).append("\"");
    }
    return out += '}';
}

MessagePtr open_cloud_event(const Message& message) {
    const std::string_view text = as_text(message.payload());
    boost::system::error_code broken;
    const json::value value = parse_json(text, broken);
    const auto* const event = broken ? nullptr : value.if_object();
    if (!event || !string_in(*event, "specversion") || !string_in(*event, "id") || !string_in(*event, "type")) return nullptr;
    const auto payload = payload_from(*event, text);
    if (!payload) return nullptr;
    return Message::create(message.topic(), as_bytes(*payload), message.traits(), properties_from(*event));
}

}  // namespace rialto::bridge
