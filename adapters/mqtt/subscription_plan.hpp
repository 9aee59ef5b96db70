#pragma once

#include "core/topic.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rialto::mqtt {

/// What a client has to subscribe to so that all of some filters are served and each message is taken once. A server
/// may send a message once for each of a client's subscriptions that overlap [MQTT-3.3.4-2]: with subscription
/// identifiers the copies are told apart, without them filters that overlap are joined into one that has them all.
/// Immutable.
class SubscriptionPlan {
public:
    enum class Copies : std::uint8_t {
        by_identifier,  ///< the server sends subscription identifiers
        joined,         ///< it does not: nothing that is subscribed to may overlap
    };

    struct Entry {
        TopicFilter filter;
        std::uint32_t identifier;  ///< of the filter's text: the same in every run and configuration
    };

    SubscriptionPlan() = default;
    SubscriptionPlan(std::vector<TopicFilter> filters, Copies copies);

    const std::vector<Entry>& entries() const noexcept { return entries_; }

    /// Whether this copy of a message is the one to take. Copies that come through subscriptions that we do not know, of
    /// an earlier configuration, are taken where a filter asks for them: better twice than never.
    bool takes(std::string_view topic, std::span<const std::uint32_t> identifiers) const noexcept;

private:
    std::vector<TopicFilter> filters_;
    std::vector<Entry> entries_;
};

/// Whether `outer` matches every topic that `inner` matches, and is of the same group.
bool contains(const TopicFilter& outer, const TopicFilter& inner) noexcept;
/// Whether some topic matches both, which are of the same group.
bool overlap(const TopicFilter& a, const TopicFilter& b) noexcept;
/// The narrowest filter that contains both.
TopicFilter join(const TopicFilter& a, const TopicFilter& b);

}  // namespace rialto::mqtt
