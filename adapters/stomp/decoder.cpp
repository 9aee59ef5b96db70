#include "adapters/stomp/decoder.hpp"

#include "adapters/stomp/escape.hpp"
#include "core/topic.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rialto::stomp {
namespace {

constexpr std::size_t longest_command = 16;
constexpr std::size_t body_reserve =
    64 * 1024;  // a length is only a claim: memory grows with what really came

std::size_t position_of(char octet, ByteView input) noexcept {
    const void* found = input.empty() ? nullptr : std::memchr(input.data(), octet, input.size());
    return found ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - input.data())
                 : input.size();
}

std::string_view take(ByteView& input, std::size_t count) noexcept {
    const std::string_view taken = as_text(input.first(count));
    input = input.subspan(count);
    return taken;
}

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A value that may be shown to the person who sent it: short, and without control octets.
std::string quoted(std::string_view text) {
    std::string shown = "'";
    for (const char c : text.substr(0, 40)) shown.push_back(c >= ' ' && c < 127 ? c : '?');
    return shown + "'";
}

}  // namespace

Result<Decoded> Decoder::next(ByteView& input) {
    Result<Decoded> decoded = step(input);
    if (decoded.has_error() && state_ != State::broken) {
        state_ = State::broken;
        error_ = decoded.error();
    }
    return decoded;
}

Result<Decoded> Decoder::step(ByteView& input) {
    while (!input.empty()) {
        Result<Decoded> decoded = Decoded::need_more;
        switch (state_) {
            case State::between:
                decoded = skip_line_ends(input);
                break;
            case State::command:
                decoded = read_command(input);
                break;
            case State::headers:
                decoded = read_header(input);
                break;
            case State::body_of_length:
                decoded = read_body_of_length(input);
                break;
            case State::body_until_nul:
                decoded = read_body_until_nul(input);
                break;
            case State::terminator:
                decoded = read_terminator(input);
                break;
            case State::broken:
                return error_;
        }
        if (decoded.has_error() || *decoded != Decoded::need_more) return decoded;
    }
    return Decoded::need_more;
}

Result<Decoded> Decoder::skip_line_ends(ByteView& input) {
    bool beat = false;
    for (; !input.empty(); input = input.subspan(1)) {
        const std::uint8_t octet = input.front();
        if (octet == '\n') {
            beat = true;
            cr_came_ = false;
        } else if (octet == '\r' && !cr_came_) {
            cr_came_ = true;
        } else if (octet >= 'A' && octet <= 'Z' && !cr_came_) {
            frame_.clear();
            state_ = State::command;
            break;
        } else {
            return fail(Errc::protocol,
                        "this is not STOMP: a frame begins with a command in capital letters");
        }
    }
    return beat ? Decoded::heart_beat : Decoded::need_more;
}

/// Puts a whole line without its LF into line_ and says true, or keeps what is there of it and says false.
Result<bool> Decoder::take_line(ByteView& input, std::size_t limit) {
    if (!line_is_partial_) partial_.clear();
    const std::size_t length = position_of('\n', input);
    const bool may_hold_nul = state_ == State::headers && no_text_ == NoText::is_left_out;
    if (!may_hold_nul && position_of('\0', input.first(length)) < length) {
        return fail(Errc::protocol, "a frame ended before the blank line that closes its headers");
    }
    if (partial_.size() + length > limit) {
        return fail(Errc::over_limit, "a line is longer than " + std::to_string(limit) + " octets");
    }
    const bool is_whole = length < input.size();
    const std::string_view piece = take(input, length);
    if (is_whole) take(input, 1);
    if (is_whole && !line_is_partial_) {
        line_ = piece;
        return true;
    }
    partial_.append(piece);
    line_ = partial_;
    line_is_partial_ = !is_whole;
    return is_whole;
}

Result<Decoded> Decoder::read_command(ByteView& input) {
    const Result<bool> is_whole = take_line(input, longest_command);
    if (is_whole.has_error())
        return fail(Errc::protocol, "this is not STOMP: a frame begins with a command and a line end");
    if (!*is_whole) return Decoded::need_more;
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    const auto command = command_of(line_);
    if (!command) return fail(Errc::protocol, "unknown command " + quoted(line_));
    frame_.command = *command;
    state_ = State::headers;
    return Decoded::need_more;
}

Result<Decoded> Decoder::read_header(ByteView& input) {
    const Result<bool> is_whole = take_line(input, limits_.line_length);
    if (is_whole.has_error()) return is_whole.error();
    if (!*is_whole) return Decoded::need_more;
    const Result<void> done = line_.empty() || line_ == "\r" ? begin_body() : add_header(line_);
    if (done.has_error()) return done.error();
    return Decoded::need_more;
}

Result<void> Decoder::add_header(std::string_view line) {
    if (frame_.headers.size() >= limits_.header_count) {
        return fail(Errc::over_limit,
                    "a frame has more than " + std::to_string(limits_.header_count) + " headers");
    }
    if (!is_utf8_text(line)) {
        if (no_text_ == NoText::is_left_out) return {};
        return fail(Errc::protocol, "a header is not UTF-8");
    }
    // In 1.1 a line ends with LF alone, so that a CR before it belongs to the value [STOMP 1.1, Augmented
    // BNF].
    const bool escaped = is_escaped(frame_.command);
    const bool cr_ends_line = version_ != Version::v1_1 || !escaped;
    if (cr_ends_line && line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return fail(Errc::protocol, "a header line has no name and colon: " + quoted(line));
    }
    std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    // 1.0 shows its examples with padding and its clients send it; 1.1 and 1.2 must never trim.
    if (version_ == Version::v1_0) {
        name = trimmed(name);
        value = trimmed(value);
        if (name.empty()) return fail(Errc::protocol, "a header line has no name: " + quoted(line));
    }
    if (!escaped || line.find('\\') == std::string_view::npos) {
        frame_.headers.add(name, value);
        return {};
    }
    const Result<std::string> plain_name = unescape(name, version_);
    if (plain_name.has_error()) return plain_name.error();
    const Result<std::string> plain_value = unescape(value, version_);
    if (plain_value.has_error()) return plain_value.error();
    frame_.headers.add(*plain_name, *plain_value);
    return {};
}

/// A 1.0 client may put a body anywhere; where it means nothing it is ignored.
bool Decoder::body_is_allowed() const noexcept {
    return version_ == Version::v1_0 || may_have_body(frame_.command);
}

Result<void> Decoder::begin_body() {
    const auto text = frame_.headers.find("content-length");
    if (!text) {
        state_ = State::body_until_nul;
        return {};
    }
    const std::string_view digits = trimmed(*text);
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error == std::errc::result_out_of_range)
        length = UINT64_MAX;
    else if (error != std::errc{} || end != digits.data() + digits.size()) {
        return fail(Errc::protocol, "content-length is not a number: " + quoted(*text));
    }
    if (length > limits_.body_size) {
        return fail(Errc::over_limit, "a body of " + std::string(digits.substr(0, 20)) +
                                          " octets is over the limit of " +
                                          std::to_string(limits_.body_size));
    }
    if (length > 0 && !body_is_allowed()) {
        return fail(Errc::protocol,
                    "a " + std::string(to_text(frame_.command)) + " frame must not have a body");
    }
    body_left_ = static_cast<std::size_t>(length);
    state_ = body_left_ > 0 ? State::body_of_length : State::terminator;
    return {};
}

Result<Decoded> Decoder::read_body_of_length(ByteView& input) {
    const std::size_t count = std::min(body_left_, input.size());
    if (frame_.body.empty()) frame_.body.reserve(std::min(body_left_, std::max(count, body_reserve)));
    frame_.body.append(take(input, count));
    body_left_ -= count;
    if (body_left_ == 0) state_ = State::terminator;
    return Decoded::need_more;
}

Result<Decoded> Decoder::read_body_until_nul(ByteView& input) {
    const std::size_t length = position_of('\0', input);
    if (length > 0 && !body_is_allowed()) {
        return fail(Errc::protocol,
                    "a " + std::string(to_text(frame_.command)) + " frame must not have a body");
    }
    if (frame_.body.size() + length > limits_.body_size) {
        return fail(Errc::over_limit,
                    "a body is over the limit of " + std::to_string(limits_.body_size) + " octets");
    }
    frame_.body.append(take(input, length));
    return input.empty() ? Decoded::need_more : read_terminator(input);
}

Result<Decoded> Decoder::read_terminator(ByteView& input) {
    if (input.front() != '\0') {
        return fail(Errc::protocol,
                    "the body is longer than its content-length, or its NUL octet is missing");
    }
    take(input, 1);
    state_ = State::between;
    return Decoded::frame;
}

}  // namespace rialto::stomp
