#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/glob.hpp"
#include "core/topic.hpp"

namespace rialto::redis {

/// What has to be subscribed to at Redis so that all of some topic filters are served, and which of the messages that come
/// are wanted. Redis' `*` crosses slashes and its patterns overlap, and it sends a message once for each subscription that
/// it matches; here each wanted message counts once. Immutable. @source redis.io/commands/psubscribe
class Subscriptions {
public:
    explicit Subscriptions(std::vector<TopicFilter> filters);

    const std::vector<std::string>& channels() const noexcept { return channels_; }  ///< for SUBSCRIBE
    const std::vector<std::string>& patterns() const noexcept { return patterns_; }  ///< for PSUBSCRIBE

    /// Whether the copy of a message that came by `pattern` (nothing: by the channel's own name) is the one to take.
    bool takes(std::string_view channel, std::optional<std::string_view> pattern) const noexcept;

private:
    void drop_contained();

    std::vector<TopicFilter> filters_;
    std::vector<std::string> channels_;  ///< sorted
    std::vector<std::string> patterns_;
};

/// Whether `outer` matches every channel that `inner` matches.
bool glob_contains(std::string_view outer, std::string_view inner);

/// The Redis pattern for a filter with wildcards: "a/+/c" is "a/*/c", "a/#" is "a/*" (and the channel "a").
std::string glob_of(const TopicFilter& filter);

}  // namespace rialto::redis
