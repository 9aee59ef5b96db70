#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

/// AMQP frames by hand, sound and not. @source AMQP 1.0 part 2, sections 2.3 and 2.7
namespace rialto::amqp::testing {

inline std::string number32(std::uint32_t value) {
    std::string octets;
    for (int shift = 24; shift >= 0; shift -= 8) octets.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
    return octets;
}

inline std::string header() { return {"AMQP\0\1\0\0", 8}; }

inline std::string frame(std::uint16_t channel, std::string_view performative, std::string_view payload = {}) {
    std::string octets = number32(static_cast<std::uint32_t>(8 + performative.size() + payload.size()));
    octets += {'\x02', '\0', static_cast<char>(channel >> 8U), static_cast<char>(channel & 0xffU)};
    return octets.append(performative).append(payload);
}
inline std::string empty_frame() { return {"\0\0\0\x08\x02\0\0\0", 8}; }

/// `fields` are encoded values.
inline std::string performative(std::uint8_t code, std::initializer_list<std::string> fields) {
    std::string items;
    for (const std::string& field : fields) items += field;
    std::string octets{'\0', '\x53', static_cast<char>(code), '\xd0'};
    return octets + number32(static_cast<std::uint32_t>(items.size() + 4)) + number32(static_cast<std::uint32_t>(fields.size())) + items;
}

inline const std::string null = "\x40";
inline const std::string yes = "\x41";
inline const std::string no = "\x42";
inline const std::string zero = "\x43";
inline std::string uint(std::uint32_t value) { return "\x70" + number32(value); }
inline std::string text(std::string_view value) { return std::string{'\xa1', static_cast<char>(value.size())}.append(value); }
inline std::string binary(std::string_view value) { return std::string{'\xa0', static_cast<char>(value.size())}.append(value); }

inline std::string open_performative() { return performative(0x10, {text("client"), text("host")}); }
inline std::string begin_performative() { return performative(0x11, {null, zero, uint(1000), uint(1000)}); }
/// A link on which the client sends to `target`.
inline std::string attach_performative(std::uint32_t handle, std::string_view target = "t") {
    return performative(0x12, {text("link" + std::to_string(handle)), uint(handle), no, null, null, performative(0x28, {text("s")}),
                               performative(0x29, {text(target)}), null, null, zero});
}
inline std::string transfer_performative(std::uint32_t handle, std::uint32_t id, bool more) {
    return performative(0x14, {uint(handle), uint(id), binary(number32(id)), zero, no, more ? yes : no});
}
inline std::string transfer_without_id(std::uint32_t handle, bool more) {
    return performative(0x14, {uint(handle), null, null, zero, no, more ? yes : no});
}
inline std::string close_performative() { return performative(0x18, {}); }

}  // namespace rialto::amqp::testing
