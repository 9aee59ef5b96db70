#include "core/json/properties.hpp"

#include "core/json/text.hpp"
#include "core/utf8_checker.hpp"
#include "core/text_headers.hpp"
#include "core/topic.hpp"
#include "core/value_text.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace rialto {
namespace json = boost::json;

namespace {

/// Above this JavaScript no longer tells neighbours apart.
constexpr std::int64_t safe_integer = 9'007'199'254'740'991;

/// Whether JSON keeps the value's type by itself.
bool is_native(const Value& value) {
    switch (type_code(value)) {
        case '0':
        case '?':
        case 's':
            return true;
        case 'i':
            return std::abs(std::get<std::int64_t>(value)) <= safe_integer;
        case 'd': {
            const double number = std::get<double>(value);
            return std::isfinite(number) &&
                   number != std::floor(number);  // 2.0 would come back as an integer
        }
        case 'j':
            return std::get<Json>(value).text.starts_with('{') && is_json(std::get<Json>(value).text);
        default:
            return false;
    }
}

void append_native(Bytes& out, const Value& value) {
    switch (type_code(value)) {
        case '0':
            out += "null";
            break;
        case 's':
            append_json_string(out, std::get<std::string>(value));
            break;
        case 'j':
            append_json_on_one_line(out, std::get<Json>(value).text);
            break;
        default:
            out += text_of(value);
    }
}

/// Collects `headers`; a name that repeats gets an array.
class HeaderWriter {
public:
    void add(std::string_view name, Value value) {
        if (!is_utf8(as_bytes(name))) return;
        const auto* const text = std::get_if<std::string>(&value);
        if (text && !is_utf8(as_bytes(*text))) value = Binary{*text};
        const auto known = std::find_if(groups_.begin(), groups_.end(),
                                        [&](const Group& group) { return group.name == name; });
        if (known != groups_.end()) {
            known->values.push_back(std::move(value));
        } else {
            groups_.push_back({name, {std::move(value)}});
        }
    }
    void add_if_any(std::string_view name, const std::string& text) {
        if (!text.empty()) add(name, text);
    }
    void add_type(std::string_view name, char code) { types_.add(name, code); }

    /// Appends the member, where there is anything to tell.
    void finish(Bytes& out) {
        for (const Group& group : groups_) note_types(group);
        if (!types_.text().empty()) groups_.push_back({types_header, {types_.text()}});
        if (groups_.empty()) return;
        out += ",\"headers\":{";
        for (const Group& group : groups_) {
            if (&group != &groups_.front()) out += ',';
            append_json_string(out, group.name);
            out += ':';
            append_values(out, group.values);
        }
        out += '}';
    }

private:
    struct Group {
        std::string_view name;
        std::vector<Value> values;
    };

    static bool is_text(const Value& value) { return type_code(value) == 's' || !is_native(value); }

    // What is text in JSON is named in order, unless all of it is text indeed.
    void note_types(const Group& group) {
        const bool is_needed = std::any_of(group.values.begin(), group.values.end(),
                                           [](const Value& value) { return !is_native(value); });
        if (!is_needed) return;
        for (const Value& value : group.values) {
            if (is_text(value)) types_.add(group.name, type_code(value));
        }
    }

    static void append_value(Bytes& out, const Value& value) {
        if (is_native(value)) return append_native(out, value);
        append_json_string(out, text_of(value));
    }

    static void append_values(Bytes& out, const std::vector<Value>& values) {
        if (values.size() == 1) return append_value(out, values.front());
        out += '[';
        for (const Value& value : values) {
            if (&value != &values.front()) out += ',';
            append_value(out, value);
        }
        out += ']';
    }

    std::vector<Group> groups_;
    TypesWriter types_;
};

void append_member(Bytes& out, std::string_view name, std::string_view text) {
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, text);
}

void append_text(Bytes& out, std::string_view name, const std::string& text) {
    if (!text.empty() && is_utf8(as_bytes(text))) append_member(out, name, text);
}

void append_correlation(Bytes& out, const Id& id, HeaderWriter& headers) {
    if (std::holds_alternative<std::monostate>(id)) return;
    append_member(out, "corr", text_of(id));
    if (!std::holds_alternative<std::string>(id)) headers.add_type("correlation-id", type_code(id));
}

void append_key(Bytes& out, const std::optional<Bytes>& key, HeaderWriter& headers) {
    if (!key) return;
    if (is_utf8(as_bytes(*key))) return append_member(out, "key", *key);
    append_member(out, "key", to_base64(*key));
    headers.add_type("key", 'b');
}

Value value_of(const Id& id) {
    return std::visit([](const auto& alternative) { return Value(alternative); }, id);
}

Error refuse(std::string sentence) { return fail(Errc::invalid, std::move(sentence)); }

/// A header's value as JSON has it.
Value value_from(const json::value& value, char code) {
    switch (value.kind()) {
        case json::kind::null:
            return {};
        case json::kind::bool_:
            return value.get_bool();
        case json::kind::int64:
            return value.get_int64();
        case json::kind::uint64:
            return value.get_uint64();
        case json::kind::double_:
            return value.get_double();
        case json::kind::string: {
            const std::string_view text = value.get_string();
            return rialto::value_of(text, code).value_or(Value(std::string(text)));
        }
        default:
            return Json{json::serialize(value)};
    }
}

/// Fills the fields that stand in `headers` under fixed names.
class FieldReader {
public:
    explicit FieldReader(Properties& out) : out_(out) {}

    /// @return whether the header stands for a field; otherwise it is the user's own
    bool take(std::string_view name, const Value& value) {
        if (name == "rialto-via" || name == types_header) return true;
        if (name == "message-id") return take_id(value);
        if (name == "priority") return take_priority(value);
        if (name == "expires") return take_expiry(value);
        const auto* const text = std::get_if<std::string>(&value);
        if (!text) return false;
        if (name == "content-encoding") return set(out_.content_encoding, *text);
        if (name == "traceparent") return set(out_.traceparent, *text);
        return name == "tracestate" && set(out_.tracestate, *text);
    }

private:
    static bool set(std::string& field, const std::string& text) {
        if (!field.empty()) return false;  // a repeat stays a header
        field = text;
        return true;
    }
    bool take_id(const Value& value) {
        if (out_.message_id.index() != 0) return false;
        auto id = id_of(text_of(value), type_code(value));
        if (id) out_.message_id = *std::move(id);
        return id.has_value();
    }
    bool take_priority(const Value& value) {
        const auto* const number = std::get_if<std::int64_t>(&value);
        if (!number || *number < 0 || *number > 9 || out_.priority) return false;
        out_.priority = static_cast<std::uint8_t>(*number);
        return true;
    }
    bool take_expiry(const Value& value) {
        const auto* const time = std::get_if<std::int64_t>(&value);
        if (!time || out_.expires_at) return false;
        out_.expires_at = WallTime(std::chrono::milliseconds(*time));
        return true;
    }

    Properties& out_;
};

void read_headers(const json::object& headers, TypesReader& types, Properties& out) {
    FieldReader fields(out);
    const auto take = [&](std::string_view name, const json::value& value) {
        Value taken = value_from(value, value.is_string() ? types.take(name) : 's');
        if (!fields.take(name, taken)) out.headers.push_back({std::string(name), std::move(taken)});
    };
    for (const auto& member : headers) {
        if (const auto* const repeats = member.value().if_array()) {
            for (const auto& each : *repeats) take(member.key(), each);
        } else {
            take(member.key(), member.value());
        }
    }
}

std::string_view text_in(const json::object& members, std::string_view name) {
    const json::value* const value = members.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

bool has(const json::object& members, std::string_view name) {
    const json::value* const value = members.if_contains(name);
    return value && !value->is_null();
}

Result<void> read_correlation(const json::object& members, TypesReader& types, Properties& out) {
    if (!has(members, "corr")) return {};
    const json::value& value = members.at("corr");
    if (value.is_string()) {
        const std::string_view text = value.get_string();
        out.correlation_id = id_of(text, types.take("correlation-id")).value_or(Id(std::string(text)));
    } else if (value.is_int64() && value.get_int64() >= 0) {
        out.correlation_id = static_cast<std::uint64_t>(value.get_int64());
    } else {
        return refuse("'corr' has to be a string or a whole number");
    }
    return {};
}

Result<void> read_members(const json::object& members, TypesReader& types, Properties& out) {
    for (const char* const name : {"ct", "reply"}) {
        if (has(members, name) && !members.at(name).is_string())
            return refuse("'" + std::string(name) + "' has to be a string");
    }
    out.content_type = text_in(members, "ct");
    out.reply_to = text_in(members, "reply");
    if (!out.reply_to.empty()) {
        if (auto ok = check_topic(out.reply_to); !ok) return refuse("'reply': " + ok.error().message);
    }
    if (has(members, "ts")) {
        const json::value& time = members.at("ts");
        if (!time.is_int64()) return refuse("'ts' has to be whole milliseconds since 1970");
        out.timestamp = WallTime(std::chrono::milliseconds(time.get_int64()));
    }
    return read_correlation(members, types, out);
}

}  // namespace

void append_json_properties(Bytes& out, const Properties& properties) {
    HeaderWriter headers;
    append_text(out, "ct", properties.content_type);
    append_key(out, properties.key, headers);
    append_text(out, "reply", properties.reply_to);
    append_correlation(out, properties.correlation_id, headers);
    headers.add_if_any("content-encoding", properties.content_encoding);
    if (properties.message_id.index() != 0) headers.add("message-id", value_of(properties.message_id));
    if (properties.expires_at)
        headers.add("expires", std::int64_t{properties.expires_at->time_since_epoch().count()});
    if (properties.priority) headers.add("priority", std::int64_t{*properties.priority});
    headers.add_if_any("traceparent", properties.traceparent);
    headers.add_if_any("tracestate", properties.tracestate);
    headers.add_if_any("rialto-via", joined_via(properties.via));
    for (const Header& header : properties.headers) headers.add(header.name, header.value);
    headers.finish(out);
}

Result<std::unique_ptr<Properties>> read_json_properties(const json::object& members) {
    const bool says_anything = std::any_of(members.begin(), members.end(), [](const auto& member) {
        constexpr std::string_view names[] = {"ct", "reply", "corr", "ts", "headers"};
        return std::find(std::begin(names), std::end(names), std::string_view(member.key())) !=
               std::end(names);
    });
    if (!says_anything) return std::unique_ptr<Properties>();
    auto properties = std::make_unique<Properties>();
    const json::object none;
    if (has(members, "headers") && !members.at("headers").is_object())
        return refuse("'headers' has to be an object");
    const json::object& headers = has(members, "headers") ? members.at("headers").get_object() : none;
    TypesReader types(text_in(headers, types_header));
    if (auto ok = read_members(members, types, *properties); !ok) return ok.error();
    read_headers(headers, types, *properties);
    return properties;
}

}  // namespace rialto
