#pragma once

#include "adapters/mqtt/codec/property.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// The control packets as structs of views (section 3 of both standards). Decoded ones look into the received
/// bytes and are valid as long as those; ones to encode look at whatever the caller holds. `properties` count
/// for 5.0 alone.
namespace rialto::mqtt {

struct Will {
    std::string_view topic;
    ByteView payload;
    Qos qos{};
    bool retain = false;
    PropertiesView properties;
};

struct Connect {
    Version version = Version::v311;
    bool is_bridge = false;  ///< bit 7 of the protocol level, by which bridges to mosquitto say what they are
    bool clean_start = true;       ///< Clean Session in 3.1 and 3.1.1
    std::uint16_t keep_alive = 0;  ///< seconds; 0 switches it off
    std::string_view client_id;
    std::optional<Will> will;
    std::optional<std::string_view> user_name;
    std::optional<ByteView> password;
    PropertiesView properties;
};

/// In 3.1 and 3.1.1 the reason travels as its nearest Connect Return code.
struct Connack {
    bool session_present = false;
    ReasonCode reason{};
    PropertiesView properties;
};

/// The topic of a decoded PUBLISH is *not* yet checked, nor are its properties: the receiver often knows the
/// topic from the packet before, and need not look twice. is_utf8_text() and PropertiesView::check() are the
/// receiver's to call.
struct Publish {
    bool dup = false;
    Qos qos{};
    bool retain = false;
    PacketId id = 0;  ///< 0 at QoS 0
    std::string_view topic;
    PropertiesView properties;
    ByteView payload;
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP.
struct Ack {
    PacketType type = PacketType::puback;
    PacketId id = 0;
    ReasonCode reason{};
    PropertiesView properties;
};

/// When a subscription wants what is retained; section 3.8.3.1.
enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

struct Subscription {
    std::string_view filter;
    Qos qos{};
    bool no_local = false;
    bool retain_as_published = false;
    RetainHandling retain_handling{};
};

/// The list in a SUBSCRIBE or UNSUBSCRIBE, still encoded; `next` reads them one after the other.
struct Subscribe {
    PacketId id = 0;
    PropertiesView properties;
    ByteView encoded_list;
};

struct Unsubscribe {
    PacketId id = 0;
    PropertiesView properties;
    ByteView encoded_list;
};

/// SUBACK and UNSUBACK: one reason for each entry of the request, as the bytes of the wire.
/// In 3.1 and 3.1.1 every failure is 0x80, and UNSUBACK has none.
struct SubscriptionAck {
    PacketType type = PacketType::suback;
    PacketId id = 0;
    PropertiesView properties;
    ByteView reasons;
};

struct Disconnect {
    ReasonCode reason{};
    PropertiesView properties;
};

struct Auth {
    ReasonCode reason{};
    PropertiesView properties;
};

}  // namespace rialto::mqtt
