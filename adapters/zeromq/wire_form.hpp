#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/error.hpp"
#include "core/message.hpp"

/// How a message stands in the parts of a ZeroMQ message:
///
///   [topic][header block][body]   core/header_block.hpp, with the names of core/text_headers.hpp
///   [topic][body]
///   [body]
namespace rialto::zeromq {

/// What is sent. All of them are read.
enum class Format : std::uint8_t {
    multipart,   ///< three parts where there is something beside topic and body, otherwise two
    three_part,  ///< with an empty header block where there is nothing
    two_part,    ///< headers are left out
    one_part,    ///< the topic too
};

/// By its name in the configuration; nothing where there is none.
std::optional<Format> format_from(std::string_view name) noexcept;

/// The header block of a message; nothing where there is to be none.
std::optional<Bytes> header_part_of(const Message& message, Format format);

/// What the first part says, by which peers have subscribed.
std::string_view first_part_of(const Message& message, Format format) noexcept;

/// The most parts that a message of ours has.
inline constexpr std::size_t most_parts = 3;

/// Reads a message from its parts. Three parts are one only where the middle is a sound header block.
/// @param topic_of_one  the topic of a message that comes in one part; empty: it has none
/// @error protocol  why it is no message: no topic, or parts that say nothing
Result<MessagePtr> read_parts(std::span<const ByteView> parts, std::string_view topic_of_one);

}  // namespace rialto::zeromq
