#include "adapters/stomp/sidecar.hpp"

#include "adapters/stomp/value_text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace rialto::stomp {
namespace {

constexpr std::string_view specials = ",=/: ";  // and the space, which a 1.0 client trims

std::string_view take_until(std::string_view& text, char separator) noexcept {
    const std::size_t end = text.find(separator);
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return piece;
}

void begin_entry(std::string& list) {
    if (!list.empty()) list.push_back(',');
}

/// Reads one entry into `places`; one that makes no sense is left out.
void parse_entry(std::string_view entry, Places& places) {
    const bool has_value = entry.find('=') != std::string_view::npos;
    const std::string_view head = entry.substr(0, entry.find('='));
    if (std::count(head.begin(), head.end(), '/') != (has_value ? 2 : 1)) return;
    std::size_t position = 0;
    const std::string_view digits = take_until(entry, '/');
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
    if (error != std::errc{} || end != digits.data() + digits.size()) return;
    std::string name = percent_decoded(take_until(entry, '/'));
    if (!has_value) return void(places.names.emplace_back(position, std::move(name)));
    const std::string_view type = take_until(entry, '=');
    std::string text = percent_decoded(entry);
    std::optional<Value> value = type.empty() ? Value(text) : value_from(type.front(), text);
    if (value) places.repeated.push_back({position, {std::move(name), std::move(*value)}});
}

}  // namespace

void append_mark(std::string& types, std::string_view wire_name, char letter, bool is_percent_encoded) {
    begin_entry(types);
    types.append(percent_encoded(wire_name, specials)).push_back('=');
    if (letter != 0) types.push_back(letter);
    if (is_percent_encoded) types.push_back('%');
}

std::vector<TypeMark> parse_types(std::string_view text) {
    std::vector<TypeMark> marks;
    while (!text.empty()) {
        std::string_view entry = take_until(text, ',');
        TypeMark mark{percent_decoded(take_until(entry, '='))};
        if (entry.ends_with('%')) {
            mark.is_percent_encoded = true;
            entry.remove_suffix(1);
        }
        if (!entry.empty()) mark.letter = entry.front();
        if (entry.size() <= 1) marks.push_back(std::move(mark));
    }
    return marks;
}

void append_repeated(std::string& multi, std::size_t position, const Header& header) {
    begin_entry(multi);
    multi.append(std::to_string(position)).push_back('/');
    multi.append(percent_encoded(header.name, specials)).push_back('/');
    if (const char letter = type_letter(header.value)) multi.push_back(letter);
    multi.push_back('=');
    multi.append(percent_encoded(value_text(header.value), specials));
}

void append_place(std::string& multi, std::size_t position, std::string_view name) {
    begin_entry(multi);
    multi.append(std::to_string(position)).push_back('/');
    multi.append(percent_encoded(name, specials));
}

Places parse_places(std::string_view text) {
    Places places;
    while (!text.empty()) parse_entry(take_until(text, ','), places);
    return places;
}

}  // namespace rialto::stomp
