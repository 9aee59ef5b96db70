#include "adapters/amqp/codec/reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/topic.hpp"

namespace rialto::amqp {
namespace {

constexpr int deepest = 32;  // levels of nesting; a message of people's making has two or three

std::int64_t sign_extended(std::uint64_t number, std::size_t width) noexcept {
    const unsigned unused = 64 - static_cast<unsigned>(width) * 8;
    return static_cast<std::int64_t>(number << unused) >> unused;
}

/// Of codes with a fixed width: what they are; nothing for unknown ones.
std::optional<Type> fixed_type(std::uint8_t code) noexcept {
    switch (code) {
        case 0x40:
            return Type::null;
        case 0x41:
        case 0x42:
        case 0x56:
            return Type::boolean;
        case 0x43:
        case 0x44:
        case 0x50:
        case 0x52:
        case 0x53:
        case 0x60:
        case 0x70:
        case 0x80:
            return Type::unsigned_integer;
        case 0x51:
        case 0x54:
        case 0x55:
        case 0x61:
        case 0x71:
        case 0x81:
            return Type::signed_integer;
        case 0x72:
        case 0x82:
            return Type::real;
        case 0x73:
            return Type::character;
        case 0x83:
            return Type::timestamp;
        case 0x74:
        case 0x84:
        case 0x94:
            return Type::decimal;
        case 0x98:
            return Type::uuid;
        case 0x45:
            return Type::list;
        default:
            return std::nullopt;
    }
}

/// The subcategory of a constructor says how many octets follow.
std::size_t fixed_width(std::uint8_t code) noexcept {
    const unsigned category = code >> 4U;
    return category == 4 ? 0 : std::size_t{1} << (category - 5);
}

std::optional<Type> sized_type(std::uint8_t code) noexcept {
    switch (code & 0xefU) {
        case 0xa0:
            return Type::binary;
        case 0xa1:
            return Type::string;
        case 0xa3:
            return Type::symbol;
        case 0xc0:
            return Type::list;
        case 0xc1:
            return Type::map;
        case 0xe0:
            return Type::array;
        default:
            return std::nullopt;
    }
}

bool is_compound(Type type) noexcept { return type == Type::list || type == Type::map || type == Type::array; }

bool is_any_scalar(const Item&) noexcept { return true; }

/// UTF-8, which may hold a NUL here.
bool is_string(std::string_view text) noexcept {
    for (std::size_t end = 0; end != std::string_view::npos && !text.empty(); text.remove_prefix(std::min(end, text.size() - 1) + 1)) {
        end = text.find('\0');
        const auto piece = text.substr(0, end);
        if (!piece.empty() && !is_utf8_text(piece)) return false;
    }
    return true;
}

bool is_proper_scalar(const Item& item) noexcept {
    switch (item.type) {
        case Type::boolean:
            return item.number <= 1;
        case Type::character:
            return item.number <= 0x10ffff && (item.number < 0xd800 || item.number >= 0xe000);
        case Type::string:
            return is_string(item.bytes);
        case Type::symbol:
            return is_ascii(item.bytes);
        default:
            return true;
    }
}

/// Goes through a value down to the last nested one, and asks `is_fine` for each that holds no others.
class Walk {
public:
    explicit Walk(bool (*is_fine)(const Item&) noexcept) noexcept : is_fine_(is_fine) {}

    bool values(Reader& reader, std::uint32_t count, int depth) const noexcept {
        for (std::uint32_t i = 0; i < count; ++i) {
            Item item;
            if (!reader.next(item)) return false;
            if (item.type == Type::described && (!reader.next(item) || item.type == Type::described)) return false;
            if (!value(item, depth)) return false;
        }
        return true;
    }

    bool all(std::string_view bytes) const noexcept {
        Reader reader(bytes);
        while (!reader.at_end()) {
            if (!values(reader, 1, 0)) return false;
        }
        return true;
    }

private:
    bool value(const Item& item, int depth) const noexcept {
        if (!is_compound(item.type)) return is_fine_(item);
        if (depth > deepest) return false;
        if (item.type == Type::array) return array(item, depth);
        if (item.type == Type::map && item.count % 2 != 0) return false;
        Reader reader(item.bytes);
        return values(reader, item.count, depth + 1) && reader.at_end();
    }

    bool array(const Item& item, int depth) const noexcept {
        Reader reader(item.bytes);
        const auto code = reader.take_constructor();
        if (!code) return false;
        // Items of no width would let a few octets stand for four thousand million values.
        if (*code < 0x50 && item.count > 0xffff) return false;
        for (std::uint32_t i = 0; i < item.count; ++i) {
            Item inner;
            if (!reader.next_of(*code, inner) || !value(inner, depth + 1)) return false;
        }
        return reader.at_end();
    }

    bool (*is_fine_)(const Item&) noexcept;
};

std::string utf8_of(std::uint64_t character) {
    auto c = static_cast<std::uint32_t>(character);
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
    std::string text;
    const auto tail = [&](unsigned shift) { text.push_back(static_cast<char>(0x80U | ((c >> shift) & 0x3fU))); };
    if (c < 0x80) {
        text.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        text.push_back(static_cast<char>(0xc0U | (c >> 6U)));
        tail(0);
    } else if (c < 0x10000) {
        text.push_back(static_cast<char>(0xe0U | (c >> 12U)));
        tail(6);
        tail(0);
    } else {
        text.push_back(static_cast<char>(0xf0U | ((c >> 18U) & 7U)));
        tail(12);
        tail(6);
        tail(0);
    }
    return text;
}

Uuid uuid_of(std::string_view bytes) noexcept {
    Uuid uuid;
    std::memcpy(uuid.bytes.data(), bytes.data(), std::min(bytes.size(), uuid.bytes.size()));
    return uuid;
}

}  // namespace

bool Reader::take(std::size_t size, std::string_view& bytes) noexcept {
    if (rest_.size() < size) return false;
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
}

bool Reader::take_number(std::size_t width, std::uint64_t& number) noexcept {
    std::string_view bytes;
    if (!take(width, bytes)) return false;
    number = 0;
    for (const char c : bytes) number = number << 8U | static_cast<std::uint8_t>(c);
    return true;
}

std::optional<std::uint8_t> Reader::take_constructor() noexcept {
    if (rest_.empty() || rest_[0] == '\0') return std::nullopt;
    const auto code = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return code;
}

bool Reader::next(Item& item) noexcept {
    if (rest_.empty()) return false;
    const auto code = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    if (code == 0) return next_descriptor(item);
    return next_of(code, item);
}

bool Reader::next_of(std::uint8_t code, Item& item) noexcept {
    item = Item{};
    item.code = code;
    return code >= 0xa0 ? next_sized(code, item) : next_fixed(code, item);
}

bool Reader::next_fixed(std::uint8_t code, Item& item) noexcept {
    const auto type = fixed_type(code);
    if (!type) return false;
    item.type = *type;
    const std::size_t width = fixed_width(code);
    if (width > 8 || item.type == Type::decimal) return take(width, item.bytes);
    if (!take_number(width, item.number)) return false;
    if (code == 0x41) item.number = 1;
    if (item.type == Type::signed_integer) item.number = static_cast<std::uint64_t>(sign_extended(item.number, width));
    if (code == 0x72) item.real = std::bit_cast<float>(static_cast<std::uint32_t>(item.number));
    if (code == 0x82) item.real = std::bit_cast<double>(item.number);
    return true;
}

bool Reader::next_sized(std::uint8_t code, Item& item) noexcept {
    const auto type = sized_type(code);
    if (!type) return false;
    item.type = *type;
    const std::size_t width = (code & 0x10U) != 0 ? 4 : 1;
    std::uint64_t size = 0;
    if (!take_number(width, size) || !take(size, item.bytes)) return false;
    if (!is_compound(item.type)) return true;
    Reader inside(item.bytes);
    std::uint64_t count = 0;
    if (!inside.take_number(width, count)) return false;
    item.count = static_cast<std::uint32_t>(count);
    item.bytes = inside.rest();
    return true;
}

bool Reader::next_descriptor(Item& item) noexcept {
    Item descriptor;
    if (rest_.empty() || rest_[0] == '\0' || !next(descriptor)) return false;
    const bool is_code = descriptor.type == Type::unsigned_integer;
    if (!is_code && descriptor.type != Type::symbol) return false;
    item = descriptor;
    item.type = Type::described;
    return !rest_.empty();
}

bool Reader::skip() noexcept {
    Item item;
    if (!next(item)) return false;
    return item.type != Type::described || (next(item) && item.type != Type::described);
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_well_formed(std::string_view bytes) noexcept { return Walk(is_any_scalar).all(bytes); }

bool is_proper(std::string_view bytes) noexcept { return Walk(is_proper_scalar).all(bytes); }

Value value_of(const Item& item) {
    switch (item.type) {
        case Type::null:
        case Type::described:
            return {};
        case Type::boolean:
            return item.number != 0;
        case Type::unsigned_integer:
            return item.number;
        case Type::signed_integer:
            return static_cast<std::int64_t>(item.number);
        case Type::real:
            return item.real;
        case Type::character:
            return utf8_of(item.number);
        case Type::timestamp:
            return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(item.number)));
        case Type::uuid:
            return uuid_of(item.bytes);
        case Type::string:
        case Type::symbol:
            // What is no text for the other protocols, as with a NUL in it, is octets.
            if (item.bytes.empty() || is_utf8_text(item.bytes)) return std::string(item.bytes);
            return Binary{Bytes(item.bytes)};
        case Type::binary:
        case Type::decimal:
            return Binary{Bytes(item.bytes)};
        case Type::list:
        case Type::map:
        case Type::array:
            break;
    }
    if (auto json = json_of(item)) return Json{*std::move(json)};
    return Binary{Bytes(item.bytes)};
}

std::optional<Id> id_of(const Item& item) {
    switch (item.type) {
        case Type::unsigned_integer:
            return Id(item.number);
        case Type::uuid:
            return Id(uuid_of(item.bytes));
        case Type::string:
            if (!item.bytes.empty() && !is_utf8_text(item.bytes)) return Id(Binary{Bytes(item.bytes)});
            return Id(std::string(item.bytes));
        case Type::binary:
            return Id(Binary{Bytes(item.bytes)});
        default:
            return std::nullopt;
    }
}

}  // namespace rialto::amqp
