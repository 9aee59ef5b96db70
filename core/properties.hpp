#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/bytes.hpp"

namespace rialto {

/// Wall-clock time in milliseconds, UTC: what messages carry.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

inline WallTime wall_now() noexcept {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Bytes that are not text, told apart from a std::string, which is UTF-8.
struct Binary {
    Bytes bytes;
    friend bool operator==(const Binary&, const Binary&) = default;
};
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
    friend bool operator==(const Uuid&, const Uuid&) = default;
};
/// A list or a map, as JSON text.
struct Json {
    std::string text;
    friend bool operator==(const Json&, const Json&) = default;
};

/// The value of a header, with the type it had where it came from.
using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Binary, WallTime, Uuid,
                           Json>;

struct Header {
    std::string name;
    Value value;
    friend bool operator==(const Header&, const Header&) = default;
};

/// A message or correlation id, in the four types that AMQP 1.0 knows. @source AMQP 1.0 part 3, section 3.2.4
using Id = std::variant<std::monostate, std::string, std::uint64_t, Uuid, Binary>;

/// Whether the payload is known to be UTF-8 text.
enum class BodyKind : std::uint8_t { opaque, text };

/// What a message carries beside topic and payload. Absent fields are empty. The meaning of each, and its place in
/// every protocol, is the table of docs/life-of-a-message.md.
struct Properties {
    BodyKind body_kind = BodyKind::opaque;
    std::string content_type;
    std::string content_encoding;
    Id message_id;
    Id correlation_id;
    std::string reply_to;                ///< a topic of the bus
    std::optional<WallTime> expires_at;  ///< after this, nobody wants it
    std::optional<std::uint8_t> priority;  ///< 0..9; absent is 4
    std::optional<WallTime> timestamp;   ///< the producer's
    std::vector<Header> headers;         ///< in order; a name may repeat
    std::optional<Bytes> key;            ///< partition or group key
    std::string traceparent;
    std::string tracestate;
    std::vector<std::string> via;        ///< the routes it took, each "gateway/route", oldest first
    std::vector<std::string> places;     ///< where it has been in this gateway, each "place:topic"; never on a wire

    friend bool operator==(const Properties&, const Properties&) = default;
};

}  // namespace rialto
