#include "adapters/web/websocket_frame.hpp"

#include <algorithm>
#include <cstring>

namespace rialto::web {
namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t mask_bit = 0x80;

std::uint64_t big_endian(const std::uint8_t* at, std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | at[i];
    return value;
}

std::uint8_t* put_big_endian(std::uint8_t* at, std::uint64_t value, int size) noexcept {
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8)
        *at++ = static_cast<std::uint8_t>(value >> shift);
    return at;
}

bool is_control(Opcode opcode) noexcept {
    return (static_cast<std::uint8_t>(opcode) & 0x8) != 0;
}

bool is_known(std::uint8_t opcode) noexcept {
    return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

/// Codes that may stand in a close frame. @source RFC 6455 section 7.4, and the registry behind it
bool may_be_sent(std::uint64_t code) noexcept {
    if (code >= 3000 && code <= 4999) return true;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

/// Unmasks `size` bytes and turns the mask so that it fits the byte after them. @source RFC 6455 section 5.3
void unmask(const std::uint8_t* from, std::uint8_t* to, std::size_t size, std::uint8_t (&mask)[4]) noexcept {
    std::uint64_t wide;
    std::memcpy(&wide, mask, 4);
    std::memcpy(reinterpret_cast<std::uint8_t*>(&wide) + 4, mask, 4);
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        std::uint64_t block;
        std::memcpy(&block, from + at, 8);
        block ^= wide;
        std::memcpy(to + at, &block, 8);
    }
    for (; at < size; ++at) to[at] = from[at] ^ mask[at % 4];
    std::rotate(mask, mask + size % 4, mask + 4);
}

}  // namespace

std::size_t header_size(std::size_t payload_size) noexcept {
    if (payload_size < 126) return 2;
    return payload_size <= 0xffff ? 4 : 10;
}

std::uint8_t* write_header(std::uint8_t* at, Opcode opcode, std::size_t payload_size) noexcept {
    *at++ = static_cast<std::uint8_t>(final_bit | static_cast<std::uint8_t>(opcode));
    if (payload_size < 126) {
        *at++ = static_cast<std::uint8_t>(payload_size);
        return at;
    }
    if (payload_size <= 0xffff) {
        *at++ = 126;
        return put_big_endian(at, payload_size, 2);
    }
    *at++ = 127;
    return put_big_endian(at, payload_size, 8);
}

Bytes close_payload(CloseCode code, std::string_view reason) {
    std::uint8_t number[2];
    put_big_endian(number, static_cast<std::uint16_t>(code), 2);
    Bytes payload(reinterpret_cast<const char*>(number), 2);
    reason = reason.substr(0, max_control_size - 2);
    Utf8Checker checker;  // a cut may not leave half a character
    checker.add(as_bytes(reason));
    reason.remove_suffix(checker.unfinished());
    return payload.append(reason);
}

std::nullopt_t FrameReader::fail(CloseCode code, std::string_view complaint) noexcept {
    failure_ = code;
    complaint_ = complaint;
    return std::nullopt;
}

FrameReader::Step FrameReader::read(ByteView input, std::uint8_t* scratch, std::size_t scratch_size) {
    if (failure_) return {};
    if (in_payload_) return read_data(input, 0, scratch, scratch_size);
    const auto header = parse_header(input);
    if (!header) return {};
    if (is_control(opcode_)) {
        left_ = header->payload_size;
        return read_control(input, header->size, scratch);
    }
    left_ = header->payload_size;
    in_payload_ = true;
    return read_data(input, header->size, scratch, scratch_size);
}

std::optional<FrameReader::Header> FrameReader::parse_header(ByteView input) {
    if (input.size() < 2) return std::nullopt;
    Header header{2, input[1] & std::uint64_t{0x7f}};
    const std::size_t extra = header.payload_size == 126 ? 2 : header.payload_size == 127 ? 8 : 0;
    // What is wrong already is told at once, not after the rest of the header.
    if (!accept_header(input[0], header.payload_size)) return std::nullopt;
    if ((input[1] & mask_bit) == 0)
        return fail(CloseCode::protocol_error, "a client's frame has to be masked");
    if (input.size() < 2 + extra + 4) return std::nullopt;
    if (extra != 0) {
        header.payload_size = big_endian(input.data() + 2, extra);
        if (header.payload_size < (extra == 2 ? 126U : 0x10000U)) {
            return fail(CloseCode::protocol_error, "a frame's length is not in its shortest form");
        }
        if (header.payload_size >> 63 != 0)
            return fail(CloseCode::protocol_error, "a frame's length has its top bit set");
    }
    header.size += extra;
    std::memcpy(mask_, input.data() + header.size, 4);
    header.size += 4;
    opcode_ = Opcode{static_cast<std::uint8_t>(input[0] & 0x0f)};
    is_final_ = (input[0] & final_bit) != 0;
    return header;
}

bool FrameReader::accept_header(std::uint8_t first, std::uint64_t payload_size) {
    const auto refuse = [this](std::string_view complaint) {
        fail(CloseCode::protocol_error, complaint);
        return false;
    };
    if ((first & reserved_bits) != 0) return refuse("a reserved bit is set, and no extension was agreed on");
    if (!is_known(first & 0x0f)) return refuse("an opcode that the protocol does not have");
    const Opcode opcode{static_cast<std::uint8_t>(first & 0x0f)};
    if (is_control(opcode)) {
        if ((first & final_bit) == 0) return refuse("a control frame may not be fragmented");
        if (payload_size > max_control_size) return refuse("a control frame is longer than 125 bytes");
        return true;
    }
    const bool is_inside = message_ != Opcode::continuation;
    if (opcode == Opcode::continuation && !is_inside) return refuse("a continuation of nothing");
    if (opcode != Opcode::continuation && is_inside) return refuse("a new message inside an unfinished one");
    return true;
}

FrameReader::Step FrameReader::read_control(ByteView input, std::size_t header, std::uint8_t* scratch) {
    const auto size = static_cast<std::size_t>(left_);
    if (input.size() - header < size) return {};  // comes again with more behind it
    unmask(input.data() + header, scratch, size, mask_);
    const ByteView payload(scratch, size);
    if (opcode_ == Opcode::close && !check_close(payload)) return {};
    return {header + size, Piece{opcode_, payload, true}};
}

FrameReader::Step FrameReader::read_data(ByteView input, std::size_t header, std::uint8_t* scratch,
                                         std::size_t scratch_size) {
    if (opcode_ != Opcode::continuation) {
        message_ = opcode_;
        opcode_ = Opcode::continuation;
        utf8_ = {};
    }
    const std::size_t size = std::min<std::uint64_t>({left_, input.size() - header, scratch_size});
    if (size == 0 && left_ != 0) return {header, std::nullopt};
    unmask(input.data() + header, scratch, size, mask_);
    left_ -= size;
    const ByteView payload(scratch, size);
    in_payload_ = left_ != 0;
    const bool ends = !in_payload_ && is_final_;
    if (message_ == Opcode::text && (!utf8_.add(payload) || (ends && !utf8_.is_complete()))) {
        fail(CloseCode::invalid_text, "a text message is not UTF-8");
        return {};
    }
    const Piece piece{message_, payload, ends};
    if (ends) message_ = Opcode::continuation;
    return {header + size, piece};
}

bool FrameReader::check_close(ByteView payload) {
    if (payload.empty()) return true;
    if (payload.size() == 1) {
        fail(CloseCode::protocol_error, "a close frame with half a code");
    } else if (!may_be_sent(big_endian(payload.data(), 2))) {
        fail(CloseCode::protocol_error, "a close code that may not be sent");
    } else if (!is_utf8(payload.subspan(2))) {
        fail(CloseCode::invalid_text, "the reason for closing is not UTF-8");
    }
    return !failure_;
}

}  // namespace rialto::web
