#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

/// The few methods of AMQP 0-9-1 that make a queue. Frames are whole, with their end octet.
/// @source AMQP 0-9-1 specification, sections 2.3.5 and 4.2
namespace rialto::amqp::v091 {

/// What the client says first.
inline constexpr std::string_view protocol_header{"AMQP\0\0\x09\x01", 8};

/// Class and method, as 0xCCCCMMMM.
enum class Method : std::uint32_t {
    connection_start = 0x000A000A,
    connection_start_ok = 0x000A000B,
    connection_tune = 0x000A001E,
    connection_tune_ok = 0x000A001F,
    connection_open = 0x000A0028,
    connection_open_ok = 0x000A0029,
    connection_close = 0x000A0032,
    connection_close_ok = 0x000A0033,
    channel_open = 0x0014000A,
    channel_open_ok = 0x0014000B,
    channel_close = 0x00140028,
    queue_declare = 0x0032000A,
    queue_declare_ok = 0x0032000B,
    queue_bind = 0x00320014,
    queue_bind_ok = 0x00320015,
    queue_unbind = 0x00320032,
    queue_unbind_ok = 0x00320033,
};

Bytes start_ok(std::string_view mechanism, std::string_view response);
/// With the limits of the broker's tune, and no heartbeats. @param tune  the arguments of connection.tune
Bytes tune_ok(std::string_view tune);
Bytes open(std::string_view virtual_host);
Bytes channel_open();
/// A durable queue that stays when nobody reads it.
Bytes declare_queue(std::string_view queue);
Bytes bind_queue(std::string_view queue, std::string_view exchange, std::string_view key);
Bytes unbind_queue(std::string_view queue, std::string_view exchange, std::string_view key);
Bytes close_connection();
Bytes close_connection_ok();

struct Frame {
    std::size_t size = 0;  ///< in octets, what is around the arguments included
    std::optional<Method> method;  ///< nothing for frames of another kind: heartbeats
    std::string_view arguments;    ///< borrowed
};
enum class Reading : std::uint8_t { whole, part, broken };
/// The first frame of `bytes`. broken: it is none, or has more than 1 MiB.
Reading read_frame(std::string_view bytes, Frame& frame);

/// Of queue.declare-ok: how many read the queue.
std::uint32_t consumers_of(std::string_view arguments);

/// Of connection.close and channel.close.
struct Refusal {
    std::uint16_t code = 0;
    std::string text;
};
Refusal refusal_of(std::string_view arguments);

}  // namespace rialto::amqp::v091
