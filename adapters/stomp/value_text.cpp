#include "adapters/stomp/value_text.hpp"

#include "core/value_text.hpp"

namespace rialto::stomp {
namespace {

/// The letters are core's, but for text, which has none here, and for double.
constexpr char core_text = 's';
constexpr char core_double = 'd';

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

char type_letter(const Value& value) noexcept {
    switch (const char code = type_code(value)) {
        case core_text:
            return 0;
        case core_double:
            return 'f';
        default:
            return code;
    }
}

std::string value_text(const Value& value) {
    return text_of(value);
}

std::optional<Value> value_from(char letter, std::string_view text) {
    constexpr std::string_view known = "0?iufdgjbt";
    if (known.find(letter) == std::string_view::npos) return std::nullopt;
    return value_of(text, letter == 'f' ? core_double : letter);
}

std::string percent_encoded(std::string_view text, std::string_view specials) {
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= ' ' && c != '%' && specials.find(c) == std::string_view::npos) {
            out.push_back(c);
        } else {
            constexpr std::string_view digits = "0123456789ABCDEF";
            out.append({'%', digits[octet >> 4], digits[octet & 15]});
        }
    }
    return out;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high < 0 ? -1 : hex_value(text[i + 2]);
        if (low < 0) {
            out.push_back(text[i]);
            continue;
        }
        out.push_back(static_cast<char>(high << 4 | low));
        i += 2;
    }
    return out;
}

}  // namespace rialto::stomp
