#include "bridge/placeholder.hpp"

#include <algorithm>

namespace rialto::bridge {

TextResult<Placeholder> parse_placeholder(std::string_view text) {
    const std::string written = "'{" + std::string(text) + "}'";
    Placeholder placeholder;
    constexpr std::string_view dots = "...";
    if (text.ends_with(dots)) {
        placeholder.is_rest = true;
        text.remove_suffix(dots.size());
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto is_word = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || is_digit(c);
    };
    if (text.empty()) return TextError{0, 1, written + " has no name"};
    const bool is_number = std::all_of(text.begin(), text.end(), is_digit);
    const bool is_name = std::all_of(text.begin(), text.end(), is_word) && !is_digit(text.front()) && text.front() != '-';
    if (!is_name && !is_number) {
        return TextError{0, 1, "the name in " + written + " has to be letters, digits, '-' or '_', a letter first"};
    }
    placeholder.name = std::string(text);
    return placeholder;
}

}  // namespace rialto::bridge
