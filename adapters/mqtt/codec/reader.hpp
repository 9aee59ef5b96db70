#pragma once

#include "adapters/mqtt/codec/reason_code.hpp"
#include "core/bytes.hpp"
#include "core/topic.hpp"

#include <cstdint>
#include <string_view>

namespace rialto::mqtt {

/// A cursor over received bytes that can't leave them. After the first fault every read gives zero or
/// nothing, so a decoder reads all its fields and asks once. What it gives are views into the bytes. Lives
/// for one call.
class Reader {
public:
    explicit Reader(ByteView bytes) noexcept : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    std::uint8_t u8() noexcept {
        if (left() < 1) return fail(malformed("packet ends too early")), std::uint8_t{0};
        return *at_++;
    }

    std::uint16_t u16() noexcept {
        if (left() < 2) return fail(malformed("packet ends too early")), std::uint16_t{0};
        const auto value = static_cast<std::uint16_t>((at_[0] << 8U) | at_[1]);
        at_ += 2;
        return value;
    }

    std::uint32_t u32() noexcept {
        const std::uint32_t high = u16();
        return (high << 16U) | u16();
    }

    /// Variable Byte Integer, 0..268,435,455, in the fewest bytes [MQTT-1.5.5-1].
    std::uint32_t varint() noexcept {
        std::uint32_t value = 0;
        for (unsigned shift = 0; shift < 28; shift += 7) {
            const std::uint8_t byte = u8();
            value |= static_cast<std::uint32_t>(byte & 0x7FU) << shift;
            if ((byte & 0x80U) != 0) continue;
            if (byte == 0 && shift != 0) fail(malformed("Variable Byte Integer is longer than needed"));
            return value;
        }
        fail(malformed("Variable Byte Integer has more than four bytes"));
        return 0;
    }

    /// `length` bytes as they are.
    ByteView take(std::size_t length) noexcept {
        if (left() < length) return fail(malformed("packet ends too early")), ByteView{};
        const ByteView bytes(at_, length);
        at_ += length;
        return bytes;
    }

    /// Two bytes of length, then that many bytes.
    ByteView binary() noexcept { return take(u16()); }

    /// Two bytes of length, then that much text, checked as is_utf8_text() says.
    std::string_view string() noexcept {
        const std::string_view text = as_text(binary());
        if (!is_utf8_text(text)) fail(malformed("text is not well-formed UTF-8 or holds U+0000"));
        return text;
    }

    ByteView rest() noexcept { return take(left()); }

    std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    bool at_end() const noexcept { return at_ == end_; }

    /// The first fault stays.
    void fail(Fault fault) noexcept {
        if (!fault_) fault_ = fault;
        at_ = end_;
    }

    bool failed() const noexcept { return static_cast<bool>(fault_); }
    Fault fault() const noexcept { return fault_; }

    /// The fault so far, or the one of having bytes left over.
    Fault finish() noexcept {
        if (!at_end()) fail(malformed("packet has bytes after its last field"));
        return fault_;
    }

private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
    Fault fault_;
};

}  // namespace rialto::mqtt
