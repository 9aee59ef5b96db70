#pragma once

#include <string_view>

namespace rialto::mqtt {

/// Whether `text` may stand in a UTF-8 Encoded String: well-formed, no surrogates [MQTT-1.5.4-1] and no U+0000
/// [MQTT-1.5.4-2]. U+FEFF is an ordinary character [MQTT-1.5.4-3]. Other control characters are let through, as
/// the standard allows.
bool is_mqtt_text(std::string_view text) noexcept;

}  // namespace rialto::mqtt
