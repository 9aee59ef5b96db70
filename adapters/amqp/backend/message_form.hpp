#pragma once

#include <proton/terminus.h>

#include <memory>
#include <string>
#include <string_view>

#include "adapters/amqp/backend/addressing.hpp"
#include "adapters/amqp/backend/client_settings.hpp"
#include "adapters/amqp/backend/rabbitmq_queue.hpp"
#include "adapters/amqp/mapping.hpp"

/// Where each broker's messages say what they are about, and the other habits of brokers.
namespace rialto::amqp {

/// Where the message was published: by `to`, at RabbitMQ also by the subject, which is the routing key.
/// @error invalid  it says nothing, or no topic
Result<std::string> topic_of(const Decoded& decoded, const Addressing& addressing);

/// Makes the reply address a topic, and takes out what only served to say the topic.
void adapt_properties(Decoded& decoded, std::string_view topic, const Addressing& addressing);

/// The octets of a message for this broker, with the payload left out where it stands as it is.
struct Encoded {
    Bytes head;
    std::string_view payload;  ///< the message's own
};
Encoded encode_for(const Message& message, const std::string& address, const Addressing& addressing, const EncodeForm& form);

/// Says "topic" or "queue" to brokers that ask for it.
void set_node_capability(pn_terminus_t* terminus, Dialect dialect, Node node);

std::string rabbitmq_queue_address(const std::string& queue);
QueueLogin queue_login_of(const ClientSettings& settings);

}  // namespace rialto::amqp
