#include "adapters/mqtt/codec/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace rialto::mqtt {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
constexpr std::uint64_t low_bits = 0x0101010101010101ULL;

/// True when all eight bytes are ASCII and none is zero.
bool is_plain(const char* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return ((word | (word - low_bits)) & high_bits) == 0;
}

bool is_continuation(unsigned char byte) noexcept { return (byte & 0xC0U) == 0x80U; }

/// The length of the well-formed sequence that starts at `at`, or 0. Unicode 15, table 3-7.
std::size_t sequence_length(const unsigned char* at, std::size_t left) noexcept {
    const unsigned char lead = at[0];
    if (lead < 0x80) return lead != 0 ? 1 : 0;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    if (lead < 0xE0) return left >= 2 && is_continuation(at[1]) ? 2 : 0;
    if (lead < 0xF0) {
        if (left < 3 || !is_continuation(at[1]) || !is_continuation(at[2])) return 0;
        const bool overlong = lead == 0xE0 && at[1] < 0xA0;
        const bool surrogate = lead == 0xED && at[1] >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (left < 4 || !is_continuation(at[1]) || !is_continuation(at[2]) || !is_continuation(at[3])) return 0;
    const bool overlong = lead == 0xF0 && at[1] < 0x90;
    const bool beyond = lead == 0xF4 && at[1] >= 0x90;
    return overlong || beyond ? 0 : 4;
}

}  // namespace

bool is_mqtt_text(std::string_view text) noexcept {
    const char* at = text.data();
    std::size_t left = text.size();
    while (left != 0) {
        if (left >= 8 && is_plain(at)) {
            at += 8;
            left -= 8;
            continue;
        }
        const std::size_t length = sequence_length(reinterpret_cast<const unsigned char*>(at), left);
        if (length == 0) return false;
        at += length;
        left -= length;
    }
    return true;
}

}  // namespace rialto::mqtt
