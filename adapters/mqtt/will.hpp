#pragma once

#include "adapters/mqtt/codec/packets.hpp"
#include "adapters/mqtt/mapping.hpp"
#include "core/message.hpp"

#include <memory>
#include <string>

namespace rialto::mqtt {

/// The will of a connected client, kept as it came. @source MQTT 5.0 section 3.1.2.5
struct StoredWill {
    Bytes topic;  ///< a topic of the bus
    Bytes payload;
    Bytes properties;  ///< encoded, checked
    Qos qos = Qos::at_most_once;
    bool retain = false;
    std::uint32_t delay = 0;  ///< seconds between the loss of the connection and its publication

    StoredWill(const Will& will, std::string_view mount_point)
        : topic(std::string(mount_point).append(will.topic)),
          payload(as_text(will.payload)),
          properties(as_text(will.properties.encoded())),
          qos(will.qos),
          retain(will.retain),
          delay(will.properties.number(PropertyId::will_delay_interval).value_or(0)) {}

    /// One that was kept.
    StoredWill(std::string_view kept_topic, std::string_view kept_payload, std::string_view kept_properties)
        : topic(kept_topic), payload(kept_payload), properties(kept_properties) {}

    /// The message to publish. Its expiry counts from now [MQTT5 3.1.3.2.4].
    MessagePtr make_message(ClientNumber origin) const {
        const PropertiesView view{as_bytes(properties)};
        auto message =
            Message::create(topic, as_bytes(payload), {qos, retain, origin}, to_properties(view, wall_now()));
        if (message->has_properties()) keep_encoded_properties(*message, view);
        return message;
    }
};

}  // namespace rialto::mqtt
