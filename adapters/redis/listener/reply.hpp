#pragma once

#include <cstdint>
#include <string_view>

#include "core/bytes.hpp"

/// Replies as bytes of the Redis serialization protocol, versions 2 and 3. Each appends one to `out`.
/// @source the Redis serialization protocol specification
namespace rialto::redis {

enum class Resp : std::uint8_t { v2 = 2, v3 = 3 };

void append_status(Bytes& out, std::string_view text);
/// @param text  begins with the word that tells errors apart: "ERR …". Line breaks in it become spaces.
void append_error(Bytes& out, std::string_view text);
void append_integer(Bytes& out, std::int64_t number);
void append_string(Bytes& out, std::string_view text);
void append_nothing(Bytes& out, Resp version);
/// So many replies follow that belong together.
void append_array(Bytes& out, std::size_t size);
/// So many names follow, each with its value.
void append_map(Bytes& out, std::size_t size, Resp version);
/// So many replies follow that nobody asked for: a message, or the news that a subscription is there.
void append_push(Bytes& out, std::size_t size, Resp version);

}  // namespace rialto::redis
