#include "adapters/mqtt/codec/decode.hpp"

namespace rialto::mqtt {
namespace {

constexpr const char* wrong_flags = "reserved flags of the fixed header";  // [MQTT-2.1.3-1]

PropertiesView read_properties(Reader& reader, PacketType type, Version version) noexcept {
    if (version != Version::v5) return {};
    const PropertiesView properties(reader.take(reader.varint()));
    if (const Fault fault = properties.check(owner_of(type))) reader.fail(fault);
    return properties;
}

PacketId read_packet_id(Reader& reader) noexcept {
    const PacketId id = reader.u16();
    if (id == 0) reader.fail(protocol_error("packet identifier is zero"));  // [MQTT-2.2.1-3]
    return id;
}

/// 5.0 lets a sender leave out the reason where it is 0x00, and the properties where there are none.
void read_reason(Reader& reader, PacketType type, ReasonCode& reason, PropertiesView& properties) noexcept {
    if (reader.at_end()) return;
    reason = static_cast<ReasonCode>(reader.u8());
    if (!may_carry(type, reason)) return reader.fail(protocol_error("packet can't carry this reason code"));
    if (!reader.at_end()) properties = read_properties(reader, type, Version::v5);
}

Subscription read_subscription(Reader& reader, Version version) noexcept {
    Subscription entry;
    entry.filter = reader.string();
    const std::uint8_t options = reader.u8();
    const std::uint8_t reserved = version == Version::v5 ? 0xC0U : 0xFCU;
    if ((options & reserved) != 0) reader.fail(malformed("reserved subscription option"));  // [MQTT-3.8.3-5]
    if ((options & 0x03U) == 3) reader.fail(malformed("QoS 3 does not exist"));
    if ((options & 0x30U) == 0x30) reader.fail(protocol_error("Retain Handling 3 does not exist"));
    entry.qos = static_cast<Qos>(options & 0x03U);
    entry.no_local = (options & 0x04U) != 0;
    entry.retain_as_published = (options & 0x08U) != 0;
    entry.retain_handling = static_cast<RetainHandling>((options >> 4U) & 0x03U);
    return entry;
}

Fault check_reasons(PacketType type, ByteView reasons, Version version) noexcept {
    for (const std::uint8_t byte : reasons) {
        const bool known = version == Version::v5 ? may_carry(type, static_cast<ReasonCode>(byte))
                                                  : byte <= 2 || byte == 0x80;
        if (!known) return protocol_error("packet can't carry this reason code");
    }
    return {};
}

}  // namespace

Fault decode(const Frame& frame, Version version, Ack& out) noexcept {
    out = {.type = frame.type};
    if (frame.flags != (frame.type == PacketType::pubrel ? 2U : 0U)) {
        // 3.1 has a DUP flag here, and its clients use it.
        if (version != Version::v31) return malformed(wrong_flags);
    }
    Reader reader(frame.body);
    out.id = read_packet_id(reader);
    if (version == Version::v5) read_reason(reader, frame.type, out.reason, out.properties);
    return reader.finish();
}

Fault decode(const Frame& frame, Version version, Subscribe& out) noexcept {
    if (frame.flags != 2 && version != Version::v31) return malformed(wrong_flags);  // [MQTT-3.8.1-1]
    Reader reader(frame.body);
    out.id = read_packet_id(reader);
    out.properties = read_properties(reader, frame.type, version);
    out.encoded_list = reader.rest();
    if (reader.failed()) return reader.fault();
    if (out.encoded_list.empty()) return protocol_error("SUBSCRIBE without a filter");  // [MQTT-3.8.3-2]
    Reader list(out.encoded_list);
    while (!list.at_end()) read_subscription(list, version);
    return list.fault();
}

Fault decode(const Frame& frame, Version version, Unsubscribe& out) noexcept {
    if (frame.flags != 2 && version != Version::v31) return malformed(wrong_flags);  // [MQTT-3.10.1-1]
    Reader reader(frame.body);
    out.id = read_packet_id(reader);
    out.properties = read_properties(reader, frame.type, version);
    out.encoded_list = reader.rest();
    if (reader.failed()) return reader.fault();
    if (out.encoded_list.empty()) return protocol_error("UNSUBSCRIBE without a filter");  // [MQTT-3.10.3-2]
    Reader list(out.encoded_list);
    while (!list.at_end()) list.string();
    return list.fault();
}

Fault decode(const Frame& frame, Version version, SubscriptionAck& out) noexcept {
    if (frame.flags != 0) return malformed(wrong_flags);
    out = {.type = frame.type};
    Reader reader(frame.body);
    out.id = read_packet_id(reader);
    out.properties = read_properties(reader, frame.type, version);
    if (frame.type == PacketType::unsuback && version != Version::v5) return reader.finish();
    out.reasons = reader.rest();
    if (reader.failed()) return reader.fault();
    if (out.reasons.empty()) return protocol_error("acknowledgement without a reason code");
    return check_reasons(frame.type, out.reasons, version);
}

Fault decode(const Frame& frame, Version version, Disconnect& out) noexcept {
    if (frame.flags != 0) return malformed(wrong_flags);
    out = {};
    Reader reader(frame.body);
    if (version == Version::v5) read_reason(reader, frame.type, out.reason, out.properties);
    return reader.finish();
}

Fault decode(const Frame& frame, Version version, Auth& out) noexcept {
    if (version != Version::v5) return protocol_error("AUTH before MQTT 5.0");
    if (frame.flags != 0) return malformed(wrong_flags);  // [MQTT-3.15.1-1]
    out = {};
    Reader reader(frame.body);
    read_reason(reader, frame.type, out.reason, out.properties);
    return reader.finish();
}

Fault decode_empty(const Frame& frame) noexcept {
    if (frame.flags != 0) return malformed(wrong_flags);
    return Reader(frame.body).finish();
}

std::optional<Subscription> next_subscription(ByteView& list, Version version) noexcept {
    if (list.empty()) return std::nullopt;
    Reader reader(list);
    const Subscription entry = read_subscription(reader, version);
    list = reader.rest();
    return entry;
}

std::optional<std::string_view> next_filter(ByteView& list) noexcept {
    if (list.empty()) return std::nullopt;
    Reader reader(list);
    const std::string_view filter = reader.string();
    list = reader.rest();
    return filter;
}

}  // namespace rialto::mqtt
