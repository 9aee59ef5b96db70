#pragma once

#include "adapters/mqtt/codec/packets.hpp"

/// From a packet to bytes, in both directions. Each appends one whole packet to `out`. The caller keeps to
/// the limits of the format: text of at most max_text bytes, and a packet of at most max_varint.
namespace rialto::mqtt {

void encode(const Connect& packet, Bytes& out);
void encode(const Connack& packet, Version version, Bytes& out);

/// Leaves out a reason of 0x00 and empty properties, as 5.0 allows.
void encode(const Ack& packet, Version version, Bytes& out);
void encode(const Subscribe& packet, Version version, Bytes& out);
void encode(const Unsubscribe& packet, Version version, Bytes& out);
void encode(const SubscriptionAck& packet, Version version, Bytes& out);

/// In 3.1 and 3.1.1 only a client may send it, and without a reason.
void encode(const Disconnect& packet, Version version, Bytes& out);
void encode(const Auth& packet, Bytes& out);
void encode_pingreq(Bytes& out);
void encode_pingresp(Bytes& out);

/// Appends to the `encoded_list` of a Subscribe or Unsubscribe in the making.
void append_subscription(const Subscription& entry, Bytes& list);
void append_filter(std::string_view filter, Bytes& list);

/// Everything of a PUBLISH in front of its payload, and where the packet identifier stands in it. The same
/// front serves every subscriber that gets the same layout; only the identifier differs.
struct PublishSize {
    std::size_t remaining = 0;  ///< the Remaining Length
    std::size_t front = 0;      ///< bytes before the payload, fixed header included

    std::size_t whole(std::size_t payload) const noexcept { return front + payload; }
};

inline PublishSize measure(const Publish& packet, Version version) noexcept {
    std::size_t variable = 2 + packet.topic.size() + (packet.qos == Qos::at_most_once ? 0 : 2);
    if (version == Version::v5) {
        const std::size_t properties = packet.properties.encoded().size();
        variable += varint_size(static_cast<std::uint32_t>(properties)) + properties;
    }
    const std::size_t remaining = variable + packet.payload.size();
    return {remaining, 1 + varint_size(static_cast<std::uint32_t>(remaining)) + variable};
}

inline unsigned first_byte(const Publish& packet) noexcept {
    return 0x30U | (packet.dup ? 8U : 0U) | (static_cast<unsigned>(packet.qos) << 1U) |
           (packet.retain ? 1U : 0U);
}

/// Writes `size.front` bytes to `at`, and gives the end of them: where the payload goes.
inline std::uint8_t* write_front(const Publish& packet, Version version, PublishSize size,
                                 std::uint8_t* at) noexcept {
    Writer writer(at);
    writer.u8(first_byte(packet));
    writer.varint(static_cast<std::uint32_t>(size.remaining));
    writer.string(packet.topic);
    if (packet.qos != Qos::at_most_once) writer.u16(packet.id);
    if (version == Version::v5) {
        const ByteView properties = packet.properties.encoded();
        writer.varint(static_cast<std::uint32_t>(properties.size()));
        writer.raw(properties);
    }
    return writer.at();
}

inline void encode(const Publish& packet, Version version, Bytes& out) {
    const PublishSize size = measure(packet, version);
    Writer writer(write_front(packet, version, size, extend(out, size.whole(packet.payload.size()))));
    writer.raw(packet.payload);
}

}  // namespace rialto::mqtt
