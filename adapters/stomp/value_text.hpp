#pragma once

#include "core/properties.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rialto::stomp {

/// Header values as text, and their types as the letters of `rialto-types`, so that a value which crosses a
/// protocol of texts comes back with its type: i int64, u uint64, ? bool, f double, t time in ms, g uuid, b
/// base64 of bytes, j JSON, 0 null. Text itself has no letter.

/// 0 for text.
[[nodiscard]] char type_letter(const Value& value) noexcept;

/// Shortest form that reads back to the same: `true`, decimal, milliseconds, lower-case uuid, RFC 4648
/// base64.
[[nodiscard]] std::string value_text(const Value& value);

/// Nothing where `text` is no value of that type, or the letter is unknown.
[[nodiscard]] std::optional<Value> value_from(char letter, std::string_view text);

/// `%HH` for the octets of `specials`, for `%` and for all below U+0020.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view specials);
/// `%` without two digits stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace rialto::stomp
