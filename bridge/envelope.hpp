#pragma once

#include <optional>
#include <string_view>

#include "core/field.hpp"
#include "core/message.hpp"

namespace rialto::bridge {

/// How properties travel over a transport that has no headers: inside the payload. Immutable. @thread any
class Envelope {
public:
    enum class Form : std::uint8_t {
        none,         ///< not at all
        json,         ///< one JSON object: {"rialto":1,"topic":…,"headers":{…},"data"|"text"|"b64":…}
        cloudevents,  ///< a CloudEvent 1.0 in structured JSON. @source CloudEvents 1.0, JSON event format
        frame,        ///< magic, length, header block, the payload's own bytes
    };

    /// As in a file: "none", "json", "cloudevents", "frame".
    static std::optional<Form> form_named(std::string_view name) noexcept;

    /// @param source  who is named as the origin of CloudEvents: the gateway
    explicit Envelope(Form form = Form::none, std::string source = {}) : form_(form), source_(std::move(source)) {}

    bool is_none() const noexcept { return form_ == Form::none; }
    /// What survives in it; `bare` where there is none.
    FieldSet carries(FieldSet bare) const noexcept;

    /// The message as it is sent: nothing beside topic and payload, and everything in the payload.
    MessagePtr seal(const MessagePtr& message) const;
    /// The message as it was before, whichever envelope it is in; as it came, where it is in none that is whole.
    MessagePtr open(const MessagePtr& message) const;

private:
    Form form_;
    std::string source_;
};

}  // namespace rialto::bridge
