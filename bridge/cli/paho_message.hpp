#pragma once

#include <mqtt/message.h>

#include "core/message.hpp"

namespace rialto::bridge {

/// A message between our form and Paho's, with the properties of MQTT 5.
mqtt::message_ptr paho_message(const Message& message);
MessagePtr message_from_paho(const mqtt::message& message);

}  // namespace rialto::bridge
