#pragma once

#include "core/properties.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rialto::stomp {

/// The three headers that carry what STOMP's own headers can't, written only when needed:
///
///   rialto-types:count=i,raw=b,note=%    the types of headers that are not text; `%` says that the value
///   (and the name)
///                                        is percent-encoded, because this version of STOMP can't escape it
///   rialto-multi:3/name/=second          further values of a repeated name: position among all user headers,
///   name,
///                                        type, value; names and values percent-encoded
///   rialto-body:text                     the payload is UTF-8, where the content type doesn't say so
inline constexpr std::string_view types_header = "rialto-types";
inline constexpr std::string_view multi_header = "rialto-multi";
inline constexpr std::string_view body_header = "rialto-body";

/// What `rialto-types` says of one header, by its name on the wire.
struct TypeMark {
    std::string name;
    char letter = 0;  ///< 0 for text
    bool is_percent_encoded = false;
};

void append_mark(std::string& types, std::string_view wire_name, char letter, bool is_percent_encoded);
/// Marks that make no sense are left out: they come from a client.
[[nodiscard]] std::vector<TypeMark> parse_types(std::string_view text);

/// One user header with its place in the list of all.
struct Placed {
    std::size_t position;
    Header header;
};

void append_repeated(std::string& multi, std::size_t position, const Header& header);
[[nodiscard]] std::vector<Placed> parse_repeated(std::string_view text);

}  // namespace rialto::stomp
