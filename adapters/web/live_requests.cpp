#include "adapters/web/live_requests.hpp"

#include "core/json/text.hpp"
#include "core/json/properties.hpp"
#include "core/value_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace rialto::web {
namespace json = boost::json;

namespace {

constexpr std::size_t longest_id = 64;
constexpr std::size_t longest_key = 128;

Refusal refuse(const LiveError& error, std::string sentence) {
    return {error, std::move(sentence)};
}

std::string quoted(std::string_view text) {
    constexpr std::size_t enough = 200;
    return "'" + std::string(text.substr(0, enough)) + (text.size() > enough ? "…'" : "'");
}

/// A member that is text; empty where it is absent.
Checked<std::string_view> text_of(const json::object& members, std::string_view name) {
    const json::value* const value = members.if_contains(name);
    if (!value || value->is_null()) return std::string_view{};
    if (const auto* text = value->if_string()) return std::string_view(*text);
    return refuse(live_error::bad_request, quoted(name) + " has to be a string");
}

Checked<bool> boolean_of(const json::object& members, std::string_view name, bool absent) {
    const json::value* const value = members.if_contains(name);
    if (!value || value->is_null()) return absent;
    if (const bool* boolean = value->if_bool()) return *boolean;
    return refuse(live_error::bad_request, quoted(name) + " has to be true or false");
}

std::optional<std::uint64_t> whole_number(const json::object& members, std::string_view name) {
    const json::value* const value = members.if_contains(name);
    if (!value || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value->get_int64());
}

/// Puts into `request` where it begins. @return false where `from` says nothing of the kind
bool read_beginning(const json::object& members, SubscribeRequest& request) {
    const json::value* const from = members.if_contains("from");
    if (!from || from->is_null()) return true;
    if (const auto* word = from->if_string()) {
        request.from = *word == "last" ? Beginning::last_values : Beginning::now;
        return *word == "last" || *word == "live";
    }
    const auto* const object = from->if_object();
    if (!object) return false;
    if (const auto count = whole_number(*object, "last")) {
        request.from = Beginning::newest;
        request.count = *count;
        return true;
    }
    const json::value* const epoch = object->if_contains("epoch");
    const auto number = whole_number(*object, "seq");
    if (!epoch || !epoch->is_string() || !number) return false;
    request.from = Beginning::cursor;
    request.cursor = {std::string(epoch->get_string()), *number};
    return true;
}

Checked<SlowPolicy> policy_of(const json::object& members) {
    const auto word = text_of(members, "policy");
    if (!word) return word.error();
    if (word->empty() || *word == "drop_oldest") return SlowPolicy::drop_oldest;
    if (*word == "conflate") return SlowPolicy::conflate;
    if (*word == "close") return SlowPolicy::close;
    return refuse(live_error::bad_request, "'policy' can be \"conflate\", \"drop_oldest\" or \"close\"");
}

Checked<Bytes> payload_of(const json::object& members, std::string_view text,
                          std::optional<ByteView> payload) {
    const int given = (members.contains("data") ? 1 : 0) + (members.contains("text") ? 1 : 0) +
                      (members.contains("b64") ? 1 : 0) + (payload ? 1 : 0);
    if (given != 1)
        return refuse(live_error::bad_request,
                      "a pub has exactly one payload: data, text, b64, or the binary form's");
    if (payload) return Bytes(as_text(*payload));
    if (members.contains("data")) {
        const auto raw = json_member_text(text, "data");
        return raw ? Bytes(*raw) : json::serialize(members.at("data"));  // the name was written with escapes
    }
    if (members.contains("text")) {
        const auto* const value = members.at("text").if_string();
        if (!value) return refuse(live_error::bad_request, "'text' has to be a string");
        return Bytes(std::string_view(*value));
    }
    const auto* const encoded = members.at("b64").if_string();
    auto bytes = encoded ? from_base64(std::string_view(*encoded)) : std::nullopt;
    if (!bytes) return refuse(live_error::bad_request, "'b64' has to be a string of base64 with its padding");
    return *std::move(bytes);
}

/// JSON and `text` are UTF-8, and the message says so to whom it reaches.
bool says_text(const json::object& members) { return members.contains("data") || members.contains("text"); }

Checked<std::string_view> topic_of(const json::object& members) {
    const auto topic = text_of(members, "topic");
    if (!topic) return topic.error();
    if (auto ok = check_topic(*topic); !ok)
        return refuse(live_error::bad_request, "'topic': " + ok.error().message);
    if (topic->starts_with('$'))
        return refuse(live_error::forbidden, "topics that begin with '$' are the gateway's own");
    return *topic;
}

}  // namespace

Checked<std::string> read_id(const json::object& members) {
    const json::value* const id = members.if_contains("id");
    if (!id || id->is_null()) return std::string();
    const bool is_short_text = id->is_string() && id->get_string().size() <= longest_id;
    if (!id->is_int64() && !id->is_uint64() && !is_short_text) {
        return refuse(live_error::bad_request,
                      "'id' has to be a whole number or a string of at most 64 bytes");
    }
    return json::serialize(*id);
}

Checked<TopicFilter> read_filter(const json::object& members) {
    const auto text = text_of(members, "topic");
    if (!text) return text.error();
    auto filter = TopicFilter::parse(*text);
    if (!filter) return refuse(live_error::bad_filter, "'topic': " + filter.error().message);
    return *std::move(filter);
}

Checked<SubscribeRequest> read_subscribe(const json::object& members) {
    auto filter = read_filter(members);
    if (!filter) return filter.error();
    SubscribeRequest request{.filter = *std::move(filter)};
    if (!read_beginning(members, request)) {
        return refuse(live_error::bad_request,
                      "'from' can be \"live\", \"last\", {\"last\":COUNT} or {\"epoch\":…,\"seq\":…}");
    }
    const auto policy = policy_of(members);
    if (!policy) return policy.error();
    const auto echo = boolean_of(members, "echo", true);
    if (!echo) return echo.error();
    for (const char* const later : {"presence", "max_hz"}) {
        const json::value* const value = members.if_contains(later);
        if (value && !value->is_null() && *value != json::value(false)) {
            return refuse(live_error::bad_request, quoted(later) + " is not offered by this gateway");
        }
    }
    request.policy = *policy;
    request.wants_own = *echo;
    return request;
}

Checked<PublishRequest> read_publish(const json::object& members, std::string_view text,
                                     std::optional<ByteView> payload, Message::Traits traits) {
    const auto topic = topic_of(members);
    if (!topic) return topic.error();
    const auto bytes = payload_of(members, text, payload);
    if (!bytes) return bytes.error();
    const auto retain = boolean_of(members, "retain", false);
    if (!retain) return retain.error();
    const auto key = text_of(members, "key");
    if (!key) return key.error();
    if (key->size() > longest_key) return refuse(live_error::bad_request, "'key' is longer than 128 bytes");
    auto properties = read_json_properties(members);
    if (!properties) return Refusal{live_error::bad_request, properties.error().message};
    if (says_text(members)) {
        if (!*properties) *properties = std::make_unique<Properties>();
        (*properties)->body_kind = BodyKind::text;
    }
    traits.retain = *retain;
    return PublishRequest{Message::create(*topic, as_bytes(*bytes), traits, *std::move(properties)),
                          std::string(*key)};
}

}  // namespace rialto::web
