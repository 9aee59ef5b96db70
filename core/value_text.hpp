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

/// The names of headers whose types have to be told: all those of a name of which one is not text, as they are told in order.
class TypedNames {
public:
    template <typename CodeOf>
    TypedNames(std::span<const Header> headers, CodeOf code_of) {
        for (const Header& header : headers) {
            if (code_of(header.value) != 's') names_.push_back(header.name);
        }
        std::sort(names_.begin(), names_.end());
    }

    bool has(std::string_view name) const noexcept { return std::binary_search(names_.begin(), names_.end(), name); }

private:
    std::vector<std::string_view> names_;  ///< sorted; of the headers that it was made from
};

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
