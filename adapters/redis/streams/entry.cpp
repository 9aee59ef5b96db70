#include "adapters/redis/streams/entry.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/array.hpp>

#include "adapters/redis/resp.hpp"
#include "core/topic.hpp"
#include "core/value_text.hpp"

namespace rialto::redis::streams {
namespace {

constexpr TextHeaderForm form{.native = {}, .takes_bytes = true, .user_prefix = "h:"};

boost::json::string_view as_json_text(std::string_view text) { return {text.data(), text.size()}; }

/// What a program that knows no gateway wrote.
std::string json_of(const TextHeaders& fields) {
    boost::json::object object;
    for (const TextHeader& field : fields) {
        const bool is_text = is_utf8_text(field.value);
        std::string name = is_utf8_text(field.name) ? field.name : to_base64(field.name);
        if (!is_text) name += "_base64";
        boost::json::string value(as_json_text(is_text ? field.value : to_base64(field.value)));
        const auto [there, is_new] = object.emplace(as_json_text(name), value);
        if (is_new) continue;
        if (!there->value().is_array()) there->value() = boost::json::array{std::move(there->value())};
        there->value().as_array().push_back(std::move(value));
    }
    return boost::json::serialize(object);
}

}  // namespace

AddCommand::AddCommand(const Message& message, const Settings& settings, bool is_marked)
    : headers_(text_headers_of(message, form)) {
    words_ = {"XADD", settings.is_one_stream() ? std::string_view(settings.stream) : message.topic()};
    trim(settings);
    words_.emplace_back("*");
    if (settings.is_one_stream()) words_.insert(words_.end(), {topic_field, message.topic()});
    words_.insert(words_.end(), {body_field, as_text(message.payload())});
    for (const TextHeader& header : headers_) words_.insert(words_.end(), {header.name, header.value});
    if (is_marked) words_.insert(words_.end(), {writer_field, settings.consumer});
}

void AddCommand::trim(const Settings& settings) {
    if (settings.max_length != 0) {
        limit_ = std::to_string(settings.max_length);
        words_.insert(words_.end(), {"MAXLEN", "~", limit_});
    } else if (settings.max_age.count() != 0) {
        limit_ = std::to_string((wall_now() - settings.max_age).time_since_epoch().count());
        words_.insert(words_.end(), {"MINID", "~", limit_});
    }
}

Fields read_fields(std::string_view key, std::span<redisReply* const> fields, const Settings& settings) {
    Fields out;
    out.topic = key;
    bool has_topic = !settings.is_one_stream();
    for (std::size_t at = 0; at + 1 < fields.size(); at += 2) {
        const std::string_view name = text_of(*fields[at]);
        const std::string_view value = text_of(*fields[at + 1]);
        if (!has_topic && name == topic_field) {
            out.topic = value;
            has_topic = true;
        } else if (!out.body && name == body_field) {
            out.body = value;
        } else if (name == writer_field) {
            out.writer = value;
        } else {
            out.others.push_back({std::string(name), std::string(value)});
        }
    }
    return out;
}

MessagePtr message_from(Fields fields) {
    if (!fields.body) {
        auto properties = std::make_unique<Properties>();
        properties->body_kind = BodyKind::text;
        properties->content_type = "application/json";
        return Message::create(fields.topic, as_bytes(json_of(fields.others)), {Qos::at_least_once}, std::move(properties));
    }
    TextHeadersRead read = read_text_headers(fields.others, form);
    return Message::create(fields.topic, as_bytes(*fields.body), {Qos::at_least_once, read.retain}, std::move(read.properties));
}

}  // namespace rialto::redis::streams
