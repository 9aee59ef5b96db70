#include "tests/unit/mqtt/packets_under_test.hpp"

#include <doctest/doctest.h>

namespace rialto::mqtt::test {
namespace {

constexpr Version v31 = Version::v31;
constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;

int digit(char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

template <typename Packet> Fault decode_as(const Frame& frame, Version version, Bytes* out) {
    Packet packet;
    const Fault fault = decode(frame, version, packet);
    if (fault || out == nullptr) return fault;
    if constexpr (std::is_same_v<Packet, Auth>) {
        encode(packet, *out);
    } else {
        encode(packet, version, *out);
    }
    return fault;
}

Fault decode_publish(const Frame& frame, Version version, Bytes* out) {
    Publish packet;
    if (const Fault fault = decode(frame, version, packet)) return fault;
    if (const Fault fault = packet.properties.check(PropertyOwner::publish)) return fault;
    if (!is_utf8_text(packet.topic)) return malformed("topic");
    if (out != nullptr) encode(packet, version, *out);
    return {};
}

Fault decode_connect(const Frame& frame, Bytes* out) {
    Connect packet;
    const Fault fault = decode(frame, packet);
    if (!fault && out != nullptr) encode(packet, *out);
    return fault;
}

/// Takes the list apart and puts it together again.
Fault decode_subscribe(const Frame& frame, Version version, Bytes* out) {
    Subscribe packet;
    if (const Fault fault = decode(frame, version, packet)) return fault;
    Bytes list;
    while (const auto entry = next_subscription(packet.encoded_list, version))
        append_subscription(*entry, list);
    packet.encoded_list = as_bytes(list);
    if (out != nullptr) encode(packet, version, *out);
    return {};
}

Fault decode_unsubscribe(const Frame& frame, Version version, Bytes* out) {
    Unsubscribe packet;
    if (const Fault fault = decode(frame, version, packet)) return fault;
    Bytes list;
    while (const auto filter = next_filter(packet.encoded_list)) append_filter(*filter, list);
    packet.encoded_list = as_bytes(list);
    if (out != nullptr) encode(packet, version, *out);
    return {};
}

Fault decode_ping(const Frame& frame, Bytes* out) {
    const Fault fault = decode_empty(frame);
    if (fault || out == nullptr) return fault;
    frame.type == PacketType::pingreq ? encode_pingreq(*out) : encode_pingresp(*out);
    return fault;
}

Fault visit(const Frame& frame, Version version, Bytes* out) {
    switch (frame.type) {
        case PacketType::connect:
            return decode_connect(frame, out);
        case PacketType::connack:
            return decode_as<Connack>(frame, version, out);
        case PacketType::publish:
            return decode_publish(frame, version, out);
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            return decode_as<Ack>(frame, version, out);
        case PacketType::subscribe:
            return decode_subscribe(frame, version, out);
        case PacketType::unsubscribe:
            return decode_unsubscribe(frame, version, out);
        case PacketType::suback:
        case PacketType::unsuback:
            return decode_as<SubscriptionAck>(frame, version, out);
        case PacketType::pingreq:
        case PacketType::pingresp:
            return decode_ping(frame, out);
        case PacketType::disconnect:
            return decode_as<Disconnect>(frame, version, out);
        case PacketType::auth:
            return decode_as<Auth>(frame, version, out);
    }
    return malformed("no such packet");
}

}  // namespace

Bytes hex(std::string_view text) {
    Bytes bytes;
    int high = -1;
    for (const char c : text) {
        if (c == ' ') continue;
        if (high < 0) {
            high = digit(c);
        } else {
            bytes.push_back(static_cast<char>(high * 16 + digit(c)));
            high = -1;
        }
    }
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (!text.empty()) text += ' ';
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

Frame frame_of(std::string_view bytes) {
    Frame frame;
    const FrameResult result = next_frame(as_bytes(bytes), max_varint, frame);
    REQUIRE(result.status == FrameStatus::whole);
    REQUIRE(frame.size == bytes.size());
    return frame;
}

Fault decode_any(const Frame& frame, Version version) {
    return visit(frame, version, nullptr);
}

Bytes recode(const Frame& frame, Version version) {
    Bytes out;
    const Fault fault = visit(frame, version, &out);
    CAPTURE(fault.what);
    CHECK_FALSE(fault);
    return out;
}

}  // namespace rialto::mqtt::test
