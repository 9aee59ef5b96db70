#pragma once

#include "core/bytes.hpp"

#include <cstdint>

namespace rialto {

/// Checks UTF-8 that comes in pieces, cut anywhere. U+0000 is legal here. @source RFC 3629 section 4
class Utf8Checker {
public:
    /// @return false as soon as no continuation could make the text valid; stays false
    bool add(ByteView piece) noexcept;
    /// Whether what came so far ends with a whole character.
    bool is_complete() const noexcept { return missing_ == 0; }
    /// Bytes of an unfinished character at the end of what came so far, 0..3.
    std::size_t unfinished() const noexcept { return missing_ == 0 ? 0 : present_; }

private:
    bool begin(std::uint8_t lead) noexcept;

    std::uint8_t missing_ = 0;   ///< continuation bytes that have to follow
    std::uint8_t present_ = 0;   ///< bytes of the unfinished character
    std::uint8_t least_ = 0x80;  ///< bounds of the next continuation byte
    std::uint8_t most_ = 0xbf;
    bool is_broken_ = false;
};

/// Whether `text` is whole, well-formed UTF-8.
inline bool is_utf8(ByteView text) noexcept {
    Utf8Checker checker;
    return checker.add(text) && checker.is_complete();
}

}  // namespace rialto
