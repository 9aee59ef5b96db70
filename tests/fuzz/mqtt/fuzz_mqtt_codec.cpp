// Whatever arrives, the MQTT codec reads only what is there, and what it accepts it can write again.

#include "adapters/mqtt/codec/decode.hpp"
#include "adapters/mqtt/codec/encode.hpp"

#include <cstdlib>

namespace rialto::mqtt {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// Encodes, and decodes that again: the second time must succeed.
template <typename Packet> void again(const Packet& packet, Version version) {
    Bytes bytes;
    if constexpr (std::is_same_v<Packet, Connect> || std::is_same_v<Packet, Auth>) {
        encode(packet, bytes);
    } else {
        encode(packet, version, bytes);
    }
    Frame frame;
    require(next_frame(as_bytes(bytes), max_varint + 5, frame).status == FrameStatus::whole);
    Packet copy;
    if constexpr (std::is_same_v<Packet, Connect>) {
        require(!decode(frame, copy));
    } else {
        require(!decode(frame, version, copy));
    }
}

template <typename Packet> void visit_as(const Frame& frame, Version version) {
    Packet packet;
    if (!decode(frame, version, packet)) again(packet, version);
}

void visit_connect(const Frame& frame) {
    Connect packet;
    if (!decode(frame, packet)) again(packet, packet.version);
}

void visit_publish(const Frame& frame, Version version) {
    Publish packet;
    if (decode(frame, version, packet)) return;
    if (!packet.properties.check(PropertyOwner::publish)) {
        for (const Property& property : packet.properties)
            require(type_of(property.id) != PropertyType::none);
    }
    (void)is_utf8_text(packet.topic);
    again(packet, version);
}

void visit_lists(const Frame& frame, Version version) {
    if (frame.type == PacketType::subscribe) {
        Subscribe packet;
        if (decode(frame, version, packet)) return;
        while (const auto entry = next_subscription(packet.encoded_list, version))
            require(is_utf8_text(entry->filter));
    } else {
        Unsubscribe packet;
        if (decode(frame, version, packet)) return;
        while (const auto filter = next_filter(packet.encoded_list)) require(is_utf8_text(*filter));
    }
}

void visit(const Frame& frame, Version version) {
    switch (frame.type) {
        case PacketType::connect:
            return visit_connect(frame);
        case PacketType::connack:
            return visit_as<Connack>(frame, version);
        case PacketType::publish:
            return visit_publish(frame, version);
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            return visit_as<Ack>(frame, version);
        case PacketType::subscribe:
            visit_lists(frame, version);
            return visit_as<Subscribe>(frame, version);
        case PacketType::unsubscribe:
            visit_lists(frame, version);
            return visit_as<Unsubscribe>(frame, version);
        case PacketType::suback:
        case PacketType::unsuback:
            return visit_as<SubscriptionAck>(frame, version);
        case PacketType::disconnect:
            return visit_as<Disconnect>(frame, version);
        case PacketType::auth:
            return visit_as<Auth>(frame, version);
        case PacketType::pingreq:
        case PacketType::pingresp:
            (void)decode_empty(frame);
            return;
    }
}

/// The first byte chooses the dialect, the rest is a stream of packets.
void fuzz(ByteView input) {
    if (input.empty()) return;
    const auto version = static_cast<Version>(3 + input[0] % 3);
    input = input.subspan(1);
    Frame frame;
    while (next_frame(input, 1U << 20U, frame).status == FrameStatus::whole) {
        require(frame.size <= input.size());
        visit(frame, version);
        input = input.subspan(frame.size);
    }
}

}  // namespace
}  // namespace rialto::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rialto::mqtt::fuzz({data, size});
    return 0;
}
