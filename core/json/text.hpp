#pragma once

#include "core/bytes.hpp"

#include <optional>
#include <string_view>

/// JSON as text: what is embedded in frames as it is, without being taken apart and written anew.
namespace rialto {

/// Whether `text` is exactly one JSON value, nested at most 64 deep. @source RFC 8259
bool is_json(std::string_view text);

/// Appends `text` as a JSON string with its quotes. Precondition: UTF-8.
void append_json_string(Bytes& out, std::string_view text);

/// Appends valid JSON without line breaks, so that frames can be separated by them. The value stays the same.
void append_json_on_one_line(Bytes& out, std::string_view json);

/// The text of a member of an object, as it stands there; the last one where the name repeats.
/// Precondition: `object` is a valid JSON object; names with escapes are not found.
std::optional<std::string_view> json_member_text(std::string_view object, std::string_view name);

}  // namespace rialto
