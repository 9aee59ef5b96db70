#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/topic.hpp"

namespace rialto::amqp {

/// What a client names as source or target. The ways to write one:
///
///   `a/b`, `/topic/a/b`, `topic://a/b`   a topic; of a source also a filter with `+` and `#`, as in MQTT
///   `/queue/a`, `queue://a`              a queue: each message goes to one of its receivers, and waits while there are none
///   `$share/group/a/+`                   a shared subscription, of sources alone
///
/// A topic that itself begins with one of the prefixes is written with one: `topic:///queue/a`.
struct NodeAddress {
    bool is_queue = false;
    std::string topic;  ///< in the bus's own form
};

/// Where messages go. @error invalid  no topic  @error refused  a topic that begins with `$`, which is the gateway's own
Result<NodeAddress> parse_target(std::string_view address);

/// What a receiver asks for.
struct SourceAddress {
    bool is_queue = false;
    TopicFilter filter;
};
/// @param wants_queue  the client said so in the capabilities of its source, as JMS clients do
/// @error invalid  no filter
Result<SourceAddress> parse_source(std::string_view address, bool wants_queue);

}  // namespace rialto::amqp
