#pragma once

#include "core/properties.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Header values as text, for protocols whose headers know no other type, and the way back. The types travel
/// beside them in one header, `rialto-types: n=i,when=t`, which is there only where a value is not text.
namespace rialto {

/// The name of the header that carries the types.
inline constexpr std::string_view types_header = "rialto-types";

/// 's' text, '0' null, '?' bool, 'i' and 'u' integers, 'd' double, 'b' bytes, 't' time, 'g' UUID, 'j' JSON.
/// Read besides: 'S' text and 'J' JSON in base64, for places where not every character may stand, and 'B' bytes as they are,
/// for places where every byte may.
char type_code(const Value& value) noexcept;
char type_code(const Id& id) noexcept;

inline constexpr char raw_bytes_code = 'B';

/// Canonical text: "true", decimal, the shortest that reads back as the same double, milliseconds since 1970,
/// base64 (RFC 4648), a lower-case UUID.
std::string text_of(const Value& value);
std::string text_of(const Id& id);

/// The way back; nothing where `text` is not of the type that `code` names.
std::optional<Value> value_of(std::string_view text, char code);
std::optional<Id> id_of(std::string_view text, char code);

std::string to_base64(std::string_view bytes);
std::optional<Bytes> from_base64(std::string_view text);

/// Collects what `rialto-types` says.
class TypesWriter {
public:
    /// Says that the next field `name` has the type `code`.
    void add(std::string_view name, char code);
    /// Empty where there is nothing to say.
    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// Whether the type of `header`, one of `headers`, has to be told: where its value is not text, or another of its name is not,
/// as those of one name are told in order.
template <typename CodeOf>
bool needs_type(std::span<const Header> headers, const Header& header, CodeOf code_of) {
    return std::any_of(headers.begin(), headers.end(), [&](const Header& other) {
        return other.name == header.name && code_of(other.value) != 's';
    });
}

/// Reads `rialto-types`. What it says of a name that repeats is taken in order.
class TypesReader {
public:
    TypesReader() = default;
    explicit TypesReader(std::string_view text);

    /// The type of the next field `name`; 's' where nothing was said.
    char take(std::string_view name) noexcept;
    bool empty() const noexcept { return entries_.empty(); }

private:
    struct Entry {
        std::string name;
        char code;  ///< 0 once taken
    };
    std::vector<Entry> entries_;
};

}  // namespace rialto
