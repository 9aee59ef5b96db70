#pragma once

#include "adapters/mqtt/codec/frame.hpp"
#include "adapters/mqtt/codec/packets.hpp"

/// From a Frame to a packet, in both directions. Nothing is allocated and nothing copied. A Fault means that
/// the connection has to end, with that reason; the output is then unspecified, except Connect::version.
namespace rialto::mqtt {

/// On a fault, `out.version` is the dialect in which to answer: 5.0 where the level says so, else the one
/// before it. A client that asks for a dialect that nobody knows gets
/// ReasonCode::unsupported_protocol_version [MQTT-3.1.2-2].
Fault decode(const Frame& frame, Connect& out) noexcept;

Fault decode(const Frame& frame, Version version, Connack& out) noexcept;
Fault decode(const Frame& frame, Version version, Ack& out) noexcept;

/// The list is checked whole: every later next_subscription() on it succeeds.
Fault decode(const Frame& frame, Version version, Subscribe& out) noexcept;
Fault decode(const Frame& frame, Version version, Unsubscribe& out) noexcept;
Fault decode(const Frame& frame, Version version, SubscriptionAck& out) noexcept;
Fault decode(const Frame& frame, Version version, Disconnect& out) noexcept;
Fault decode(const Frame& frame, Version version, Auth& out) noexcept;

/// PINGREQ, PINGRESP: flags zero and no body.
Fault decode_empty(const Frame& frame) noexcept;

/// Takes the next entry from a list of SUBSCRIBE; none left gives nothing.
std::optional<Subscription> next_subscription(ByteView& list, Version version) noexcept;

/// The same for UNSUBSCRIBE.
std::optional<std::string_view> next_filter(ByteView& list) noexcept;

/// The hot one, so it stands here. It reads the structure; what it leaves to the receiver, Publish says.
inline Fault decode(const Frame& frame, Version version, Publish& out) noexcept {
    const unsigned qos = (frame.flags >> 1U) & 3U;
    if (qos == 3) return malformed("QoS 3 does not exist");  // [MQTT-3.3.1-4]
    out.dup = (frame.flags & 8U) != 0;
    out.retain = (frame.flags & 1U) != 0;
    out.qos = static_cast<Qos>(qos);
    out.id = 0;
    if (qos == 0 && out.dup) return malformed("DUP is set at QoS 0");  // [MQTT-3.3.1-2]
    Reader reader(frame.body);
    out.topic = as_text(reader.binary());
    if (qos != 0) {
        out.id = reader.u16();
        if (out.id == 0) reader.fail(protocol_error("packet identifier is zero"));  // [MQTT-2.2.1-3]
    }
    out.properties = {};
    if (version == Version::v5) {
        const std::uint32_t length = reader.varint();
        if (length != 0) out.properties = PropertiesView(reader.take(length));
    }
    out.payload = reader.rest();
    return reader.fault();
}

}  // namespace rialto::mqtt
