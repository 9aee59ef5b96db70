#pragma once

#include "core/properties.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::stomp {

/// The headers that carry what STOMP's own headers can't, written only when needed:
///
///   rialto-types:count=i,raw=b,note=%    the types of headers that are not text; `%` says that the value
///   (and the name)
///                                        is percent-encoded, because this version of STOMP can't escape it
///   rialto-multi:3/name/=second          further values of a repeated name: position among all user headers,
///   name,
///                                        type, value; names and values percent-encoded. Without a value
///                                        it is the place of a name, for brokers that keep no order
///   rialto-body:text                     the payload is UTF-8, where the content type doesn't say so;
///                                        rialto-body:bytes where it does, and nobody knows
///
/// and three more towards brokers that have no place for it, or not for all of it:
///
///   rialto-topic:a/b                     the topic, where the destination had to be shortened
///   rialto-timestamp:1700000000123       where the broker's own counts seconds
///   rialto-key:k                         where the broker does not show JMSXGroupID to subscribers
inline constexpr std::string_view types_header = "rialto-types";
inline constexpr std::string_view multi_header = "rialto-multi";
inline constexpr std::string_view body_header = "rialto-body";
inline constexpr std::string_view topic_header = "rialto-topic";
inline constexpr std::string_view timestamp_header = "rialto-timestamp";
inline constexpr std::string_view group_header = "JMSXGroupID";  ///< what rialto-key stands in for
inline constexpr std::string_view key_header = "rialto-key";

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
/// Says where the (first) header of that name stands.
void append_place(std::string& multi, std::size_t position, std::string_view name);

struct Places {
    std::vector<Placed> repeated;
    std::vector<std::pair<std::size_t, std::string>> names;
};
[[nodiscard]] Places parse_places(std::string_view text);

}  // namespace rialto::stomp
