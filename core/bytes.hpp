#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rialto {

/// Bytes that somebody else owns. A parameter, never a member, and never kept across a suspension.
using ByteView = std::span<const std::uint8_t>;

/// Bytes that we own. A std::string, because it is small when short and every library takes one.
using Bytes = std::string;

inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace rialto
