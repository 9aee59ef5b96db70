#pragma once

#include <string>

#include "core/message.hpp"

namespace rialto::bridge {

/// How `rialto sub` shows a message.
enum class MessageStyle : std::uint8_t {
    payload,             ///< the payload as it is
    topic_and_payload,   ///< "a/b 21.5"
    json,                ///< {"topic":"a/b","payload":"21.5",…}; a payload that is no text stands in "base64"
};

/// One line, without its end (and with whatever line ends the payload has, but for JSON).
std::string message_text(const Message& message, MessageStyle style);

}  // namespace rialto::bridge
