#include "adapters/stomp/value_text.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <type_traits>

namespace rialto::stomp {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_digits = "0123456789abcdef";

std::string base64_of(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k)
            text.push_back(k <= count ? base64_digits[group >> (18 - 6 * k) & 63] : '=');
    }
    return text;
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string bytes;
    std::uint32_t group = 0;
    int bits = 0;
    for (const char c : text) {
        const std::size_t digit = base64_digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<char>(group >> bits & 255));
    }
    return bytes;
}

std::string uuid_text(const Uuid& uuid) {
    std::string text;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
        text.push_back(hex_digits[uuid.bytes[i] >> 4]);
        text.push_back(hex_digits[uuid.bytes[i] & 15]);
    }
    return text;
}

int hex_value(char c) noexcept {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const std::size_t digit = hex_digits.find(c);
    return digit == std::string_view::npos ? -1 : static_cast<int>(digit);
}

std::optional<Value> uuid_from(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash_place = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash_place != (text[i] == '-')) return std::nullopt;
        if (is_dash_place) continue;
        const int digit = hex_value(text[i]);
        if (digit < 0) return std::nullopt;
        auto& octet = uuid.bytes[digits++ / 2];
        octet = static_cast<std::uint8_t>(octet << 4 | digit);
    }
    return Value(uuid);
}

template <typename Number> std::string number_text(Number number) {
    std::array<char, 32> buffer;
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    return {buffer.data(), end};
}

template <typename Number> std::optional<Number> number_from(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

template <typename Number> std::optional<Value> number_value(std::string_view text) {
    const auto number = number_from<Number>(text);
    return number ? std::optional<Value>(*number) : std::nullopt;
}

struct TextOf {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return number_text(value); }
    std::string operator()(std::uint64_t value) const { return number_text(value); }
    std::string operator()(double value) const { return number_text(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const Binary& value) const { return base64_of(value.bytes); }
    std::string operator()(WallTime value) const {
        return number_text(std::int64_t{value.time_since_epoch().count()});
    }
    std::string operator()(const Uuid& value) const { return uuid_text(value); }
    std::string operator()(const Json& value) const { return value.text; }
};

}  // namespace

char type_letter(const Value& value) noexcept {
    // In the order of Value's alternatives.
    constexpr std::array<char, std::variant_size_v<Value>> letters = {'0', '?', 'i', 'u', 'f',
                                                                      0,   'b', 't', 'g', 'j'};
    return letters[value.index()];
}

std::string value_text(const Value& value) {
    return std::visit(TextOf{}, value);
}

std::optional<Value> value_from(char letter, std::string_view text) {
    switch (letter) {
        case '0':
            return Value(std::monostate{});
        case '?':
            if (text != "true" && text != "false") return std::nullopt;
            return Value(text == "true");
        case 'i':
            return number_value<std::int64_t>(text);
        case 'u':
            return number_value<std::uint64_t>(text);
        case 'f':
            return number_value<double>(text);
        case 'g':
            return uuid_from(text);
        case 'j':
            return Value(Json{std::string(text)});
        case 'b':
            if (auto bytes = bytes_of_base64(text)) return Value(Binary{std::move(*bytes)});
            return std::nullopt;
        case 't':
            if (const auto ms = number_from<std::int64_t>(text))
                return Value(WallTime(std::chrono::milliseconds(*ms)));
            return std::nullopt;
        default:
            return std::nullopt;
    }
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
