#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.hpp"

namespace rialto::web {

/// @source RFC 4648 section 4
void append_base64(Bytes& out, ByteView bytes);
/// @return nothing where `text` is not base64 with its padding
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace rialto::web
