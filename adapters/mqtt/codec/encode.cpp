#include "adapters/mqtt/codec/encode.hpp"

namespace rialto::mqtt {
namespace {

unsigned header(PacketType type, unsigned flags = 0) noexcept {
    return (static_cast<unsigned>(type) << 4U) | flags;
}

unsigned byte(ReasonCode reason) noexcept {
    return static_cast<unsigned>(reason);
}

/// The properties with their length in front.
std::size_t size_of(PropertiesView properties) noexcept {
    const std::size_t size = properties.encoded().size();
    return varint_size(static_cast<std::uint32_t>(size)) + size;
}

void write(Writer& writer, PropertiesView properties) noexcept {
    writer.varint(static_cast<std::uint32_t>(properties.encoded().size()));
    writer.raw(properties.encoded());
}

/// Fixed header and room for `remaining` bytes.
Writer begin(unsigned first, std::size_t remaining, Bytes& out) {
    const auto length = static_cast<std::uint32_t>(remaining);
    Writer writer(extend(out, 1 + varint_size(length) + remaining));
    writer.u8(first);
    writer.varint(length);
    return writer;
}

/// DISCONNECT, AUTH and the four Acks end alike: a reason and properties, each left out where it says
/// nothing.
std::size_t size_of_tail(ReasonCode reason, PropertiesView properties) noexcept {
    if (!properties.empty()) return 1 + size_of(properties);
    return reason == ReasonCode::success ? 0 : 1;
}

void write_tail(Writer& writer, ReasonCode reason, PropertiesView properties) noexcept {
    if (reason == ReasonCode::success && properties.empty()) return;
    writer.u8(byte(reason));
    if (!properties.empty()) write(writer, properties);
}

void encode_request(PacketType type, PacketId id, PropertiesView properties, ByteView list, Version version,
                    Bytes& out) {
    const bool v5 = version == Version::v5;
    Writer writer = begin(header(type, 2), 2 + (v5 ? size_of(properties) : 0) + list.size(), out);
    writer.u16(id);
    if (v5) write(writer, properties);
    writer.raw(list);
}

unsigned connect_flags(const Connect& packet) noexcept {
    unsigned flags = packet.clean_start ? 2U : 0U;
    if (packet.will) {
        flags |= 4U | (static_cast<unsigned>(packet.will->qos) << 3U) | (packet.will->retain ? 0x20U : 0U);
    }
    return flags | (packet.password ? 0x40U : 0U) | (packet.user_name ? 0x80U : 0U);
}

std::size_t connect_size(const Connect& packet, std::string_view protocol) noexcept {
    const bool v5 = packet.version == Version::v5;
    std::size_t size =
        2 + protocol.size() + 4 + (v5 ? size_of(packet.properties) : 0) + 2 + packet.client_id.size();
    if (packet.will) {
        size += (v5 ? size_of(packet.will->properties) : 0) + 4 + packet.will->topic.size() +
                packet.will->payload.size();
    }
    if (packet.user_name) size += 2 + packet.user_name->size();
    if (packet.password) size += 2 + packet.password->size();
    return size;
}

}  // namespace

void encode(const Connect& packet, Bytes& out) {
    const bool v5 = packet.version == Version::v5;
    const std::string_view protocol = packet.version == Version::v31 ? "MQIsdp" : "MQTT";
    Writer writer = begin(header(PacketType::connect), connect_size(packet, protocol), out);
    writer.string(protocol);
    writer.u8(static_cast<unsigned>(packet.version) | (packet.is_bridge ? 0x80U : 0U));
    writer.u8(connect_flags(packet));
    writer.u16(packet.keep_alive);
    if (v5) write(writer, packet.properties);
    writer.string(packet.client_id);
    if (packet.will) {
        if (v5) write(writer, packet.will->properties);
        writer.string(packet.will->topic);
        writer.binary(packet.will->payload);
    }
    if (packet.user_name) writer.string(*packet.user_name);
    if (packet.password) writer.binary(*packet.password);
}

void encode(const Connack& packet, Version version, Bytes& out) {
    const bool v5 = version == Version::v5;
    Writer writer = begin(header(PacketType::connack), 2 + (v5 ? size_of(packet.properties) : 0), out);
    writer.u8(packet.session_present && version != Version::v31 ? 1 : 0);
    writer.u8(v5 ? byte(packet.reason) : connect_return_code(packet.reason));
    if (v5) write(writer, packet.properties);
}

void encode(const Ack& packet, Version version, Bytes& out) {
    const bool v5 = version == Version::v5;
    const unsigned flags = packet.type == PacketType::pubrel ? 2 : 0;
    const std::size_t tail = v5 ? size_of_tail(packet.reason, packet.properties) : 0;
    Writer writer = begin(header(packet.type, flags), 2 + tail, out);
    writer.u16(packet.id);
    if (v5) write_tail(writer, packet.reason, packet.properties);
}

void encode(const Subscribe& packet, Version version, Bytes& out) {
    encode_request(PacketType::subscribe, packet.id, packet.properties, packet.encoded_list, version, out);
}

void encode(const Unsubscribe& packet, Version version, Bytes& out) {
    encode_request(PacketType::unsubscribe, packet.id, packet.properties, packet.encoded_list, version, out);
}

void encode(const SubscriptionAck& packet, Version version, Bytes& out) {
    const bool v5 = version == Version::v5;
    const bool has_reasons = v5 || packet.type == PacketType::suback;
    const std::size_t size =
        2 + (v5 ? size_of(packet.properties) : 0) + (has_reasons ? packet.reasons.size() : 0);
    Writer writer = begin(header(packet.type), size, out);
    writer.u16(packet.id);
    if (v5) write(writer, packet.properties);
    if (!has_reasons) return;
    for (const std::uint8_t reason : packet.reasons) writer.u8(v5 || reason < 0x80 ? reason : 0x80U);
}

void encode(const Disconnect& packet, Version version, Bytes& out) {
    const bool v5 = version == Version::v5;
    const std::size_t tail = v5 ? size_of_tail(packet.reason, packet.properties) : 0;
    Writer writer = begin(header(PacketType::disconnect), tail, out);
    if (v5) write_tail(writer, packet.reason, packet.properties);
}

void encode(const Auth& packet, Bytes& out) {
    Writer writer = begin(header(PacketType::auth), size_of_tail(packet.reason, packet.properties), out);
    write_tail(writer, packet.reason, packet.properties);
}

void encode_pingreq(Bytes& out) {
    begin(header(PacketType::pingreq), 0, out);
}

void encode_pingresp(Bytes& out) {
    begin(header(PacketType::pingresp), 0, out);
}

void append_subscription(const Subscription& entry, Bytes& list) {
    Writer writer(extend(list, 3 + entry.filter.size()));
    writer.string(entry.filter);
    writer.u8(static_cast<unsigned>(entry.qos) | (entry.no_local ? 4U : 0U) |
              (entry.retain_as_published ? 8U : 0U) | (static_cast<unsigned>(entry.retain_handling) << 4U));
}

void append_filter(std::string_view filter, Bytes& list) {
    Writer writer(extend(list, 2 + filter.size()));
    writer.string(filter);
}

}  // namespace rialto::mqtt
