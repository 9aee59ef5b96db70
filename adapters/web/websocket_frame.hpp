#pragma once

#include "core/utf8_checker.hpp"
#include "core/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto::web {

/// @source RFC 6455 section 5.2
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Why a WebSocket is closed. Those from 4000 on are the live socket's: 4000..4099 do not reconnect,
/// 4100..4199 reconnect after a while, 4200..4299 reconnect within the told window. @source RFC 6455
/// section 7.4.1
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    invalid_text = 1007,
    too_large = 1009,
    internal_error = 1011,
    not_understood = 4000,
    unauthorized = 4001,
    silent = 4100,
    too_slow = 4108,
    over_limit = 4129,
    restarting = 4200,
};

/// The longest header of a frame that we send: unmasked, 64 bits of length.
inline constexpr std::size_t max_header_size = 10;
/// The longest payload of a control frame. @source RFC 6455 section 5.5
inline constexpr std::size_t max_control_size = 125;

/// Bytes of the header of an unmasked frame with so much payload.
std::size_t header_size(std::size_t payload_size) noexcept;
/// Writes the header of a final, unmasked frame. @return one past its last byte
std::uint8_t* write_header(std::uint8_t* at, Opcode opcode, std::size_t payload_size) noexcept;

/// The payload of a close frame; a reason that is too long is cut.
Bytes close_payload(CloseCode code, std::string_view reason);

/// Reads the frames of one client, cut into pieces anywhere. Data comes out as it arrives, control frames
/// come whole. Lives on: one connection. @source RFC 6455 section 5
class FrameReader {
public:
    struct Piece {
        Opcode opcode;      ///< text or binary for all frames of a message; close, ping or pong
        ByteView bytes;     ///< unmasked, in `scratch`; valid until that is used again
        bool ends_message;  ///< the message is complete with this piece
    };
    struct Step {
        std::size_t used = 0;        ///< bytes of the input that are done with
        std::optional<Piece> piece;  ///< nothing: more input is needed, or the client broke the protocol
    };

    /// Reads at most one piece. @param scratch  at least 125 bytes, where the piece is unmasked to
    Step read(ByteView input, std::uint8_t* scratch, std::size_t scratch_size);

    /// What the client did wrong; afterwards nothing is read any more.
    std::optional<CloseCode> failure() const noexcept { return failure_; }
    /// Why, for a person.
    std::string_view complaint() const noexcept { return complaint_; }

private:
    struct Header {
        std::size_t size = 0;
        std::uint64_t payload_size = 0;
    };

    std::optional<Header> parse_header(ByteView input);
    bool accept_header(std::uint8_t first, std::uint64_t payload_size);
    Step read_control(ByteView input, std::size_t header, std::uint8_t* scratch);
    Step read_data(ByteView input, std::size_t header, std::uint8_t* scratch, std::size_t scratch_size);
    bool check_close(ByteView payload);
    std::nullopt_t fail(CloseCode code, std::string_view complaint) noexcept;

    std::uint64_t left_ = 0;                 ///< of the current data frame
    std::uint8_t mask_[4] = {};              ///< of the current frame, rotated to the next byte
    Opcode opcode_ = Opcode::continuation;   ///< of the current frame
    Opcode message_ = Opcode::continuation;  ///< of the unfinished message; continuation: there is none
    bool is_final_ = false;
    bool in_payload_ = false;
    Utf8Checker utf8_;
    std::optional<CloseCode> failure_;
    std::string_view complaint_;
};

}  // namespace rialto::web
