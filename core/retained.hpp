#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.hpp"
#include "core/topic.hpp"

namespace rialto {

/// The last value of each topic that has one. Locked, and touched only by retained publishes and new subscriptions.
/// @thread any. @source MQTT 5.0 section 3.3.1.3
class RetainedMessages {
public:
    RetainedMessages();
    ~RetainedMessages();

    /// Keeps `message` as its topic's last value, or forgets the topic where the payload is empty [MQTT-3.3.1-6..7].
    void store(const MessagePtr& message);

    /// The last value of one topic; null where there is none or its time is over.
    MessagePtr find(std::string_view topic) const;

    /// Those that `filter` matches and that have not expired, at most `limit`.
    std::vector<MessagePtr> matching(const TopicFilter& filter, std::size_t limit = SIZE_MAX) const;

    std::size_t size() const;

private:
    struct Node;

    mutable std::shared_mutex mutex_;
    std::unique_ptr<Node> root_;
    std::size_t size_ = 0;
};

}  // namespace rialto
