#pragma once

#include "adapters/stomp/frame.hpp"
#include "adapters/stomp/version.hpp"
#include "core/bytes.hpp"
#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rialto::stomp {

/// What one frame may be at most [STOMP 1.2, Size Limits]. Together they bound the memory of one connection.
struct DecoderLimits {
    std::size_t header_count = 128;            ///< headers of one frame; real clients send fewer than twenty
    std::size_t line_length = 64 * 1024;       ///< octets of one header line; a topic may have 65,535
    std::size_t body_size = 64 * 1024 * 1024;  ///< octets of one body
};

enum class Decoded {
    need_more,   ///< the input is used up
    frame,       ///< frame() has one
    heart_beat,  ///< one or more line ends between frames
};

/// Bytes to frames, a piece at a time and in pieces of any size. Every octet is looked at once, however
/// slowly they come. No IO. Lives on: one thread.
///
/// CONNECT comes before the version is agreed on: it may end its lines with LF or CR LF and has no escapes,
/// so a decoder starts in that mood and is told the version with set_version().
class Decoder {
public:
    /// What becomes of a header line with octets in it that are no UTF-8, or NUL.
    enum class NoText : std::uint8_t {
        is_refused,
        is_left_out,  ///< RabbitMQ shows the encoded annotations of AMQP 1.0 in such lines
    };

    explicit Decoder(DecoderLimits limits = {}, NoText no_text = NoText::is_refused) noexcept
        : limits_(limits), no_text_(no_text) {}

    /// The version of all frames that follow.
    void set_version(Version version) noexcept { version_ = version; }

    /// Takes octets from the front of `input` until something is whole or all are used up.
    /// Errc::protocol for octets that are no frame, Errc::over_limit for a frame over a limit; after an error
    /// the connection can't be read any further and every call gives the error again.
    [[nodiscard]] Result<Decoded> next(ByteView& input);

    /// The frame that next() announced. Its body may be moved away. Valid until the next call of next().
    [[nodiscard]] Frame& frame() noexcept { return frame_; }

    /// Whether a frame has begun and not ended.
    [[nodiscard]] bool is_inside_frame() const noexcept { return state_ != State::between; }

private:
    enum class State : std::uint8_t {
        between,
        command,
        headers,
        body_of_length,
        body_until_nul,
        terminator,
        broken
    };

    Result<Decoded> step(ByteView& input);
    Result<Decoded> skip_line_ends(ByteView& input);
    Result<bool> take_line(ByteView& input, std::size_t limit);
    Result<Decoded> read_command(ByteView& input);
    Result<Decoded> read_header(ByteView& input);
    Result<void> add_header(std::string_view line);
    [[nodiscard]] bool body_is_allowed() const noexcept;
    Result<void> begin_body();
    Result<Decoded> read_body_of_length(ByteView& input);
    Result<Decoded> read_body_until_nul(ByteView& input);
    Result<Decoded> read_terminator(ByteView& input);

    DecoderLimits limits_;
    NoText no_text_;
    Version version_ = Version::v1_2;
    State state_ = State::between;
    bool line_is_partial_ = false;  ///< partial_ has the beginning of the current line
    bool cr_came_ = false;          ///< a CR between frames, whose LF is still to come
    std::size_t body_left_ = 0;     ///< octets of a body with content-length still to come
    std::string_view line_;         ///< the line that take_line() found, in the input or in partial_
    std::string partial_;
    Frame frame_;
    Error error_;
};

}  // namespace rialto::stomp
