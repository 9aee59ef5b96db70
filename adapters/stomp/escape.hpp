#pragma once

#include "adapters/stomp/version.hpp"
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace rialto::stomp {

/// Which part of a header line a text is: STOMP 1.0 cannot write every name.
enum class HeaderPart { name, value };

/// Appends `text` as it stands in a header line of that version: 1.2 escapes `\`, CR, LF and `:`, 1.1 has no
/// escape for CR, 1.0 has none at all. What the version has no escape for and would break the frame is
/// written `%HH`, so a text can never end its line or its frame.
void append_escaped(std::string& out, std::string_view text, Version version, HeaderPart part);

/// Whether append_escaped() would have to fall back to `%HH`: the reader could not tell it from the text
/// `%HH`.
[[nodiscard]] bool needs_percent(std::string_view text, Version version, HeaderPart part) noexcept;

/// The text that `line` stands for. Errc::protocol for an escape that the version does not define, which is
/// fatal [STOMP 1.2, Value Encoding].
[[nodiscard]] Result<std::string> unescape(std::string_view line, Version version);

}  // namespace rialto::stomp
