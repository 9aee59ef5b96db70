#pragma once

#include "adapters/mqtt/codec/writer.hpp"
#include "adapters/mqtt/mapping.hpp"
#include "adapters/mqtt/topic_aliases.hpp"
#include "core/net/wire.hpp"

#include <span>
#include <string_view>

namespace rialto::mqtt {

/// How one receiver is to see a message.
struct Look {
    std::string_view topic;
    Qos qos = Qos::at_most_once;
    bool dup = false;
    bool retain = false;
    PacketId id = 0;  ///< not used at QoS 0
    std::span<const std::uint32_t> identifiers{};
};

/// What one receiver told in CONNECT or CONNACK and what of it concerns every PUBLISH to it.
struct Receiver {
    Version version = Version::v311;
    std::uint32_t max_packet_size = max_varint + 5;
    SentAliases* aliases = nullptr;  ///< null where it takes none
    bool is_careful = false;         ///< may end the connection over what careful_properties() leaves out
};

/// The properties of one PUBLISH that differ from receiver to receiver, or from second to second.
class PerReceiver {
public:
    void add_expiry(std::uint32_t seconds) { bytes_.number(PropertyId::message_expiry_interval, seconds); }
    void add_alias(std::uint16_t alias) { bytes_.number(PropertyId::topic_alias, alias); }
    void add(std::span<const std::uint32_t> identifiers) {
        for (const std::uint32_t id : identifiers) bytes_.number(PropertyId::subscription_identifier, id);
    }
    ByteView encoded() const noexcept { return bytes_.view().encoded(); }

private:
    PropertyWriter bytes_;
};

namespace detail {

/// Payloads up to here are copied behind their header in one go; the wire decides about larger ones.
inline constexpr std::size_t copied_payload = 2048;

inline bool write_packet(Wire& wire, const Receiver& receiver, const MessagePtr& message, const Look& look,
                         ByteView shared, ByteView own) {
    const ByteView payload = message->payload();
    const bool v5 = receiver.version == Version::v5;
    const std::size_t properties = shared.size() + own.size();
    std::size_t variable = 2 + look.topic.size() + (look.qos == Qos::at_most_once ? 0 : 2);
    if (v5) variable += varint_size(static_cast<std::uint32_t>(properties)) + properties;
    const std::size_t remaining = variable + payload.size();
    const std::size_t front = 1 + varint_size(static_cast<std::uint32_t>(remaining)) + variable;
    if (front + payload.size() > receiver.max_packet_size) return false;
    const bool copies = payload.size() <= copied_payload;
    Writer out(wire.extend(copies ? front + payload.size() : front));
    out.u8(0x30U | (look.dup ? 8U : 0U) | (static_cast<unsigned>(look.qos) << 1U) | (look.retain ? 1U : 0U));
    out.varint(static_cast<std::uint32_t>(remaining));
    out.string(look.topic);
    if (look.qos != Qos::at_most_once) out.u16(look.id);
    if (v5) {
        out.varint(static_cast<std::uint32_t>(properties));
        out.raw(shared);
        out.raw(own);
    }
    if (copies) {
        out.raw(payload);
    } else {
        wire.write_payload(message);
    }
    return true;
}

bool write_with_properties(Wire& wire, const Receiver& receiver, const MessagePtr& message, const Look& look);

}  // namespace detail

/// Writes one PUBLISH.
/// @return false, with nothing written, where it would be larger than the receiver takes [MQTT-3.1.2-24]
inline bool write_publish(Wire& wire, const Receiver& receiver, const MessagePtr& message, const Look& look) {
    const bool is_plain =
        receiver.version != Version::v5 ||
        (!message->has_properties() && look.identifiers.empty() && receiver.aliases == nullptr);
    if (is_plain) [[likely]]
        return detail::write_packet(wire, receiver, message, look, {}, {});
    return detail::write_with_properties(wire, receiver, message, look);
}

}  // namespace rialto::mqtt
