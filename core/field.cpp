#include "core/field.hpp"

namespace rialto {

std::string_view name_of(Field field) noexcept {
    switch (field) {
        case Field::body_kind: return "utf8-flag";
        case Field::content_type: return "content-type";
        case Field::content_encoding: return "content-encoding";
        case Field::message_id: return "message-id";
        case Field::correlation_id: return "correlation-id";
        case Field::reply_to: return "reply-to";
        case Field::expiry: return "expiry";
        case Field::priority: return "priority";
        case Field::timestamp: return "timestamp";
        case Field::headers: return "headers";
        case Field::key: return "key";
        case Field::trace: return "trace";
        case Field::retain: return "retain";
        case Field::via: return "via";
    }
    return {};
}

std::string names_of(FieldSet fields) {
    std::string text;
    for (const Field field : every_field) {
        if (!fields.has(field)) continue;
        if (!text.empty()) text += ", ";
        text += name_of(field);
    }
    return text;
}

FieldSet fields_of(const Message& message) noexcept {
    FieldSet found;
    if (message.is_retained()) found.add(Field::retain);
    if (!message.has_properties()) return found;
    const Properties& properties = message.properties();
    const auto add_if = [&found](bool is_there, Field field) {
        if (is_there) found.add(field);
    };
    add_if(properties.body_kind == BodyKind::text, Field::body_kind);
    add_if(!properties.content_type.empty(), Field::content_type);
    add_if(!properties.content_encoding.empty(), Field::content_encoding);
    add_if(properties.message_id.index() != 0, Field::message_id);
    add_if(properties.correlation_id.index() != 0, Field::correlation_id);
    add_if(!properties.reply_to.empty(), Field::reply_to);
    add_if(properties.expires_at.has_value(), Field::expiry);
    add_if(properties.priority.has_value(), Field::priority);
    add_if(properties.timestamp.has_value(), Field::timestamp);
    add_if(!properties.headers.empty(), Field::headers);
    add_if(properties.key.has_value(), Field::key);
    add_if(!properties.traceparent.empty() || !properties.tracestate.empty(), Field::trace);
    add_if(!properties.via.empty(), Field::via);
    return found;
}

}  // namespace rialto
