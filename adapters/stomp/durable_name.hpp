#pragma once

#include "adapters/stomp/frame.hpp"
#include "core/error.hpp"
#include "core/queues/durable_subscriptions.hpp"
#include "core/topic.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rialto::stomp {

/// Which durable subscription a frame means. STOMP has no word for it, so those of brokers are understood:
///
///   `durable-subscription-name:N`, `activemq.subscriptionName:N`   the client's own, named by its `client-id` and N;
///                                                                  one subscriber at a time
///   `durable:true` or `persistent:true`                            as at RabbitMQ, named by the `id` and the destination
///                                                                  (and the `client-id` of who has one); subscribers share it
struct DurableName {
    std::string text;  ///< `stomp/CLIENT/N`, `stomp-shared/CLIENT/ID/FILTER`: no two subscriptions have the same
    Sharing sharing;
};

/// The one that SUBSCRIBE or UNSUBSCRIBE names; nothing where it has no such header. @param client_id  said by CONNECT, or empty;
/// then the frame itself may have it  @error protocol  the name or the client's is missing
[[nodiscard]] Result<std::optional<DurableName>> durable_name_in(const Frame& frame, std::string_view client_id);

/// Whether the frame speaks as to RabbitMQ. `auto-delete:true` ends with its subscriber, so that is not durable.
[[nodiscard]] bool says_durable(const Frame& frame);
/// @error protocol  the frame has no id
[[nodiscard]] Result<DurableName> durable_name_by_id(const Frame& frame, std::string_view client_id, const TopicFilter& filter);

}  // namespace rialto::stomp
