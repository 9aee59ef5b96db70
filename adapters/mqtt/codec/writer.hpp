#pragma once

#include "core/bytes.hpp"

#include <cassert>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rialto::mqtt {

inline constexpr std::uint32_t max_varint = 268'435'455;  ///< section 1.5.5
inline constexpr std::size_t max_text = 65'535;           ///< two bytes of length, section 1.5.4

/// How many bytes a Variable Byte Integer takes; 1..4.
inline std::size_t varint_size(std::uint32_t value) noexcept {
    if (value < 0x80) return 1;
    if (value < 0x4000) return 2;
    return value < 0x20'0000 ? 3 : 4;
}

/// Writes fields into room that the caller has measured; checks nothing in release builds. Lives for one
/// call.
class Writer {
public:
    explicit Writer(std::uint8_t* at) noexcept : at_(at) {}

    void u8(unsigned value) noexcept { *at_++ = static_cast<std::uint8_t>(value); }

    void u16(unsigned value) noexcept {
        u8(value >> 8U);
        u8(value);
    }

    void u32(std::uint32_t value) noexcept {
        u16(value >> 16U);
        u16(value);
    }

    void varint(std::uint32_t value) noexcept {
        assert(value <= max_varint);
        while (value >= 0x80) {
            u8((value & 0x7FU) | 0x80U);
            value >>= 7U;
        }
        u8(value);
    }

    void raw(std::string_view bytes) noexcept {
        if (bytes.empty()) return;
        std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }

    void raw(ByteView bytes) noexcept { raw(as_text(bytes)); }

    /// Two bytes of length, then the bytes; at most max_text of them.
    void string(std::string_view text) noexcept {
        assert(text.size() <= max_text);
        u16(static_cast<unsigned>(text.size()));
        raw(text);
    }

    void binary(ByteView bytes) noexcept { string(as_text(bytes)); }

    std::uint8_t* at() const noexcept { return at_; }

private:
    std::uint8_t* at_;
};

/// Makes `size` bytes of room at the end of `out` and gives where they start.
inline std::uint8_t* extend(Bytes& out, std::size_t size) {
    const std::size_t before = out.size();
    out.resize(before + size);
    return reinterpret_cast<std::uint8_t*>(out.data() + before);
}

}  // namespace rialto::mqtt
