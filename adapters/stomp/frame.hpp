#pragma once

#include "core/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::stomp {

/// The first line of a frame, of the client's frames and the server's.
enum class Command : std::uint8_t {
    connect,  ///< CONNECT
    stomp,    ///< STOMP: the same as CONNECT, told apart from HTTP by its first letters
    send,
    subscribe,
    unsubscribe,
    ack,
    nack,
    begin,
    commit,
    abort,
    disconnect,
    connected,
    message,
    receipt,
    error,
};

std::string_view to_text(Command command) noexcept;
std::optional<Command> command_of(std::string_view text) noexcept;

/// Whether this frame may have a body [STOMP 1.2, Body]: SEND, MESSAGE and ERROR alone.
constexpr bool may_have_body(Command command) noexcept {
    return command == Command::send || command == Command::message || command == Command::error;
}

/// Whether the header lines of this frame are written with escapes [STOMP 1.2, Value Encoding].
constexpr bool is_escaped(Command command) noexcept {
    return command != Command::connect && command != Command::stomp && command != Command::connected;
}

/// A frame's headers in the order of the wire, repeated ones included. All text lies in one buffer, so a
/// Headers that is cleared and filled again allocates nothing. Lives on: one thread.
class Headers {
public:
    struct Entry {
        std::string_view name;
        std::string_view value;
        friend bool operator==(const Entry&, const Entry&) = default;
    };

    /// `name` and `value` are plain text, without escapes.
    void add(std::string_view name, std::string_view value);
    void clear() noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return spans_.size(); }
    [[nodiscard]] bool empty() const noexcept { return spans_.empty(); }

    /// Views into this object: they end with the next add() or clear().
    [[nodiscard]] Entry operator[](std::size_t index) const noexcept;

    /// The first header of that name, which is the one that counts [STOMP 1.2, Repeated Header Entries].
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

private:
    struct Span {
        std::uint32_t begin, name_end, end;
    };
    std::string text_;
    std::vector<Span> spans_;
};

/// One frame, decoded: no escapes, no line ends, the body without its closing NUL.
struct Frame {
    Command command = Command::error;
    Headers headers;
    Bytes body;

    /// Empty, ready to be filled again; room for a large body is given up.
    void clear() noexcept;
};

}  // namespace rialto::stomp
