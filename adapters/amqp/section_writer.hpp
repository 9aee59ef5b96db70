#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/amqp/mapping.hpp"
#include "core/topic.hpp"

namespace rialto::amqp {

/// How a body is written.
enum class Body : std::uint8_t { data, text, json_value, sections };

/// What suits the message; `text` may be written as `data` just as well.
Body plan_body(const Properties& properties, ByteView payload);

/// What the sections are to say; borrowed.
struct Content {
    std::string_view topic;
    ByteView payload;
    const Properties& properties;
    bool is_retained = false;
    // As the properties say it, where nothing else is asked for.
    std::optional<WallTime> expires_at = properties.expires_at;
    std::string_view traceparent = properties.traceparent;
    std::string_view tracestate = properties.tracestate;
};

/// The user's headers, sorted into the places where they go.
struct HeaderPlan {
    HeaderPlan(const Properties& properties, const EncodeForm& form, Body body);

    std::vector<const Header*> annotations;
    std::vector<const Header*> application;
    bool needs_multi = false;
};

/// Writes the sections of one message; each call appends one. Keeps references to what it was given.
class SectionWriter {
public:
    /// @param plan  for the content's properties, the same form and body
    SectionWriter(const Content& content, const Addresses& addresses, const EncodeForm& form, Body body, const HeaderPlan& plan)
        : content_(content), properties_(content.properties), addresses_(addresses), form_(form), body_(body), plan_(plan) {}

    /// @param carried  headers that the application properties say already
    void message_annotations(Bytes& out, const std::vector<const Header*>& carried = {}) const;
    void properties(Bytes& out) const;
    void application_properties(Bytes& out) const;
    /// Up to the payload's first octet, or all of it where it isn't the payload.
    void body(Bytes& out) const;

private:
    bool hides_content_type() const noexcept { return body_ == Body::json_value || body_ == Body::sections; }
    bool is_text_key() const noexcept { return properties_.key->empty() || is_utf8_text(*properties_.key); }

    const Content& content_;
    const Properties& properties_;
    const Addresses& addresses_;
    const EncodeForm& form_;
    Body body_;
    const HeaderPlan& plan_;
};

}  // namespace rialto::amqp
