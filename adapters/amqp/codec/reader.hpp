#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/properties.hpp"

namespace rialto::amqp {

enum class Type : std::uint8_t {
    null,
    boolean,
    unsigned_integer,  ///< ubyte, ushort, uint, ulong
    signed_integer,    ///< byte, short, int, long
    real,              ///< float, double
    decimal,
    character,
    timestamp,
    uuid,
    binary,
    string,
    symbol,
    list,
    map,
    array,
    described,  ///< a descriptor; the value that it describes is read next
};

/// One value as it stands in the octets, which it borrows.
struct Item {
    Type type = Type::null;
    std::uint8_t code = 0;        ///< its constructor
    std::uint64_t number = 0;     ///< bool, numbers, characters, times; two's complement where signed. A descriptor that is one
    double real = 0;
    std::string_view bytes{};     ///< of a uuid, binary, string, symbol, decimal; the items of a compound; a symbolic descriptor
    std::uint32_t count = 0;      ///< of the items of a compound

    bool is_null() const noexcept { return type == Type::null; }
    bool is_text() const noexcept { return type == Type::string || type == Type::symbol; }
};

/// Reads values one after the other and never beyond the octets that it was given. Walks into lists and maps only where a
/// new reader is made for their items. @source AMQP 1.0 part 1, section 1.6
class Reader {
public:
    explicit Reader(std::string_view bytes) noexcept : rest_(bytes) {}

    bool at_end() const noexcept { return rest_.empty(); }
    std::string_view rest() const noexcept { return rest_; }

    /// @return false where what stands here is no whole value of AMQP's
    bool next(Item& item) noexcept;
    /// The same for an item of an array, whose constructor stands before all of them.
    bool next_of(std::uint8_t code, Item& item) noexcept;
    /// Goes past one value, described or not. @return false as next() does
    bool skip() noexcept;
    /// The constructor of an array's items. @return nothing where it is described or missing
    std::optional<std::uint8_t> take_constructor() noexcept;

private:
    bool take(std::size_t size, std::string_view& bytes) noexcept;
    bool take_number(std::size_t width, std::uint64_t& number) noexcept;
    bool next_fixed(std::uint8_t code, Item& item) noexcept;
    bool next_sized(std::uint8_t code, Item& item) noexcept;
    bool next_descriptor(Item& item) noexcept;

    std::string_view rest_;
};

/// Whether it can be a symbol. @source AMQP 1.0 part 1, section 1.6.21
bool is_ascii(std::string_view text) noexcept;

/// Whether every value in `bytes` is whole, down to the last nested one, and nests no deeper than a few dozen levels.
bool is_well_formed(std::string_view bytes) noexcept;
/// The same, and each value is one that its type has: strings are UTF-8, symbols ASCII.
bool is_proper(std::string_view bytes) noexcept;

/// A header's value: lists and maps become JSON, decimals stay octets.
Value value_of(const Item& item);
/// Nothing for types that no id has.
std::optional<Id> id_of(const Item& item);

/// What people read and write as JSON, from AMQP: null, booleans, numbers, strings, symbols, lists, arrays, and maps with
/// names. Nothing where the value holds anything else, so that the way back gives the same value.
std::optional<std::string> json_of(const Item& item);
/// The way back: appends the value. @return false, and appends nothing, where `text` is no JSON
bool append_json(std::string_view text, Bytes& out);

}  // namespace rialto::amqp
