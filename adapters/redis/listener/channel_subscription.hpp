#pragma once

#include <optional>
#include <string>

#include "adapters/redis/listener/channel_pattern.hpp"
#include "core/subscriber.hpp"

namespace rialto::redis {

class ClientSession;

/// One SUBSCRIBE or PSUBSCRIBE of a client. A message that several of them match is sent once for each, as Redis does.
/// Lives on: the client's shard.
class ChannelSubscription final : public Subscriber {
public:
    /// To a channel.
    ChannelSubscription(ClientSession& owner, TopicFilter filter) : owner_(owner), filter_(std::move(filter)) {}
    ChannelSubscription(ClientSession& owner, ChannelPattern pattern)
        : owner_(owner), filter_(pattern.superset()), pattern_(std::move(pattern)) {}

    const TopicFilter& filter() const noexcept { return filter_; }
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override;

private:
    ClientSession& owner_;
    TopicFilter filter_;
    std::optional<ChannelPattern> pattern_;
};

}  // namespace rialto::redis
