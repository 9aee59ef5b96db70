#include "core/value_text.hpp"

#include <algorithm>
#include <charconv>

#include <openssl/evp.h>

namespace rialto {
namespace {

template <typename Number> std::string decimal(Number number) {
    std::array<char, 32> room{};
    const auto end = std::to_chars(room.data(), room.data() + room.size(), number).ptr;
    return {room.data(), end};
}

template <typename Number> std::optional<Number> number_from(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || at != end || text.empty()) return std::nullopt;
    return number;
}

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string uuid_text(const Uuid& uuid) {
    std::string text;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hex_digits[uuid.bytes[i] >> 4U];
        text += hex_digits[uuid.bytes[i] & 15U];
    }
    return text;
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<Uuid> uuid_from(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') return std::nullopt;
        }
        const int high = hex_value(text[at]);
        const int low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        uuid.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    return uuid;
}

struct CodeOf {
    char operator()(std::monostate) const { return '0'; }
    char operator()(bool) const { return '?'; }
    char operator()(std::int64_t) const { return 'i'; }
    char operator()(std::uint64_t) const { return 'u'; }
    char operator()(double) const { return 'd'; }
    char operator()(const std::string&) const { return 's'; }
    char operator()(const Binary&) const { return 'b'; }
    char operator()(WallTime) const { return 't'; }
    char operator()(const Uuid&) const { return 'g'; }
    char operator()(const Json&) const { return 'j'; }
};

struct TextOf {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return decimal(value); }
    std::string operator()(std::uint64_t value) const { return decimal(value); }
    std::string operator()(double value) const { return decimal(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const Binary& value) const { return to_base64(value.bytes); }
    std::string operator()(WallTime value) const { return decimal(value.time_since_epoch().count()); }
    std::string operator()(const Uuid& value) const { return uuid_text(value); }
    std::string operator()(const Json& value) const { return value.text; }
};

template <typename Variant, typename T> std::optional<Variant> some(std::optional<T> value) {
    if (!value) return std::nullopt;
    return Variant(*std::move(value));
}

std::optional<WallTime> time_from(std::string_view text) {
    const auto milliseconds = number_from<std::int64_t>(text);
    if (!milliseconds) return std::nullopt;
    return WallTime(std::chrono::milliseconds(*milliseconds));
}

std::optional<Binary> binary_from(std::string_view text) {
    auto bytes = from_base64(text);
    if (!bytes) return std::nullopt;
    return Binary{*std::move(bytes)};
}

std::optional<Json> json_from_base64(std::string_view text) {
    auto json = from_base64(text);
    if (!json) return std::nullopt;
    return Json{*std::move(json)};
}

// The three characters that the list itself uses.
std::string escaped(std::string_view name) {
    std::string text;
    for (const char c : name) {
        switch (c) {
            case '%':
                text += "%25";
                break;
            case ',':
                text += "%2C";
                break;
            case '=':
                text += "%3D";
                break;
            default:
                text += c;
        }
    }
    return text;
}

std::string unescaped(std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                               hex_value(text[i + 2]) >= 0;
        if (!is_escape) {
            name += text[i];
            continue;
        }
        name += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
        i += 2;
    }
    return name;
}

}  // namespace

char type_code(const Value& value) noexcept {
    return std::visit(CodeOf{}, value);
}
char type_code(const Id& id) noexcept {
    return std::visit(CodeOf{}, id);
}
std::string text_of(const Value& value) {
    return std::visit(TextOf{}, value);
}
std::string text_of(const Id& id) {
    return std::visit(TextOf{}, id);
}

std::optional<Value> value_of(std::string_view text, char code) {
    switch (code) {
        case 's':
            return Value(std::string(text));
        case '0':
            return text.empty() ? std::optional<Value>(Value{}) : std::nullopt;
        case '?':
            if (text != "true" && text != "false") return std::nullopt;
            return Value(text == "true");
        case 'i':
            return some<Value>(number_from<std::int64_t>(text));
        case 'u':
            return some<Value>(number_from<std::uint64_t>(text));
        case 'd':
            return some<Value>(number_from<double>(text));
        case 'b':
            return some<Value>(binary_from(text));
        case raw_bytes_code:
            return Value(Binary{Bytes(text)});
        case 't':
            return some<Value>(time_from(text));
        case 'g':
            return some<Value>(uuid_from(text));
        case 'j':
            return Value(Json{std::string(text)});
        case 'S':
            return some<Value>(from_base64(text));
        case 'J':
            return some<Value>(json_from_base64(text));
        default:
            return std::nullopt;
    }
}

std::optional<Id> id_of(std::string_view text, char code) {
    switch (code) {
        case 's':
            return Id(std::string(text));
        case 'u':
            return some<Id>(number_from<std::uint64_t>(text));
        case 'g':
            return some<Id>(uuid_from(text));
        case 'b':
            return some<Id>(binary_from(text));
        case raw_bytes_code:
            return Id(Binary{Bytes(text)});
        default:
            return std::nullopt;
    }
}

std::string to_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    Bytes bytes(text.size() / 4 * 3 + 1, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const auto padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
    if (padding > 2) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

void TypesWriter::add(std::string_view name, char code) {
    if (!text_.empty()) text_ += ',';
    text_ += escaped(name);
    text_ += '=';
    text_ += code;
}

TypesReader::TypesReader(std::string_view text) {
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto entry = text.substr(0, comma);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (entry.size() < 2 || entry[entry.size() - 2] != '=') continue;
        entries_.push_back({unescaped(entry.substr(0, entry.size() - 2)), entry.back()});
    }
}

char TypesReader::take(std::string_view name) noexcept {
    for (Entry& entry : entries_) {
        if (entry.code != 0 && entry.name == name) return std::exchange(entry.code, '\0');
    }
    return 's';
}

}  // namespace rialto
