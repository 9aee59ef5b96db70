#pragma once

#include <string_view>

namespace rialto::redis {

/// Whether a channel matches a pattern as Redis reads it: `*` any run of characters, slashes too, `?` one character,
/// `[a-c]` and `[^a-c]` one of some, and a backslash before what is meant as it is. In time that grows with the product
/// of both lengths at most. @source redis.io/commands/psubscribe
bool glob_matches(std::string_view pattern, std::string_view channel) noexcept;

}  // namespace rialto::redis
