#include "core/utf8_checker.hpp"

#include <cstring>

namespace rialto {

bool Utf8Checker::begin(std::uint8_t lead) noexcept {
    least_ = 0x80;
    most_ = 0xbf;
    present_ = 1;
    if (lead >= 0xc2 && lead <= 0xdf) {
        missing_ = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        missing_ = 2;
        if (lead == 0xe0) least_ = 0xa0;  // no overlong forms
        if (lead == 0xed) most_ = 0x9f;   // no surrogates
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        missing_ = 3;
        if (lead == 0xf0) least_ = 0x90;
        if (lead == 0xf4) most_ = 0x8f;  // nothing above U+10FFFF
    } else {
        return false;
    }
    return true;
}

bool Utf8Checker::add(ByteView piece) noexcept {
    if (is_broken_) return false;
    const std::uint8_t* at = piece.data();
    const std::uint8_t* const end = at + piece.size();
    while (at != end) {
        if (missing_ == 0) {
            for (std::uint64_t eight; end - at >= 8; at += 8) {  // most text is ASCII
                std::memcpy(&eight, at, sizeof eight);
                if ((eight & 0x8080808080808080) != 0) break;
            }
            while (at != end && *at < 0x80) ++at;
            if (at == end) break;
            if (!begin(*at++)) is_broken_ = true;
        } else {
            const std::uint8_t next = *at++;
            if (next < least_ || next > most_) is_broken_ = true;
            least_ = 0x80;
            most_ = 0xbf;
            ++present_;
            --missing_;
        }
        if (is_broken_) return false;
    }
    return true;
}

}  // namespace rialto
