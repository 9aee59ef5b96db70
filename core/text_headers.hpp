#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/field.hpp"
#include "core/message.hpp"

/// A message's properties as a list of named texts, for protocols whose headers are that: in order, with names that may
/// repeat. Every adapter of such a protocol writes the same names, so that what one gateway wrote another reads:
///
///   content-type  content-encoding  message-id  correlation-id  reply-to  expires (ms since 1970)  priority  timestamp (ms)
///   key  traceparent  tracestate  retain (true)  rialto-body (text)  rialto-via  rialto-types
///
/// and the user's headers as they are. A user's header that would be taken for one of these travels as `u.NAME`. What is not text
/// has its type in `rialto-types` (core/value_text.hpp), by the name that it travels under.
namespace rialto {

struct TextHeader {
    std::string name;
    std::string value;
    friend bool operator==(const TextHeader&, const TextHeader&) = default;
};
using TextHeaders = std::vector<TextHeader>;

/// How a protocol differs from the plain form.
struct TextHeaderForm {
    /// Fields that it has places of its own for: neither written nor understood here.
    FieldSet native = {};
    /// Values may be any bytes: those that are bytes travel as they are, and not in base64.
    bool takes_bytes = false;
    /// Stands before the name of each header of the user's, where the protocol keeps these apart; then none is renamed.
    std::string_view user_prefix = {};
};

/// What `message` carries, in the form's words. Empty where it carries nothing.
TextHeaders text_headers_of(const Message& message, const TextHeaderForm& form = {});

/// What was read from text headers.
struct TextHeadersRead {
    std::unique_ptr<Properties> properties;  ///< null where there was nothing
    bool retain = false;
};

/// The way back. A field whose text makes no sense stays a header of the user's, so that nothing is lost.
TextHeadersRead read_text_headers(std::span<const TextHeader> headers, const TextHeaderForm& form = {});

/// The name under which a header of the user's with this text travels, so that it is not taken for a field.
std::string wire_name_of(std::string_view name, std::string_view text, const TextHeaderForm& form = {});
/// The way back.
std::string_view user_name_of(std::string_view wire_name, const TextHeaderForm& form = {}) noexcept;

/// The list of routes as one text: joined by commas; theirs are written %2C, and their percent signs %25.
std::string joined_via(const std::vector<std::string>& via);
std::vector<std::string> split_via(std::string_view text);

}  // namespace rialto
