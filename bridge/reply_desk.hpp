#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/gateway.hpp"
#include "core/subscriber.hpp"

namespace rialto::bridge {

class Link;

/// Brings answers back across protocols. A request that goes to another place gets a reply address of ours there,
/// `rialto/reply/GATEWAY/TOKEN`; what is answered to it goes to the address that the asker gave, at the asker's place, with
/// the asker's correlation id. An address of ours is good for a minute, or as long as the request itself if that is longer.
/// @thread any, unless said otherwise
class ReplyDesk {
public:
    static constexpr std::chrono::seconds shortest_wait{60};
    /// Requests that await an answer; beyond it the oldest are forgotten.
    static constexpr std::size_t most = 100'000;

    explicit ReplyDesk(Gateway& gateway);
    ~ReplyDesk();
    ReplyDesk(const ReplyDesk&) = delete;
    ReplyDesk& operator=(const ReplyDesk&) = delete;

    /// What it has to hear of at every place that requests go to.
    const TopicFilter& filter() const noexcept { return filter_; }
    /// What it leaves in Properties::via.
    const std::string& stamp() const noexcept { return stamp_; }

    /// Remembers the asker of `request`. @param asker  the place it came from; null for the bus
    /// @return the address for the answer
    std::string expect(const Message& request, Link* asker);

    /// Whether the message is an answer; it is passed on then, or dropped where nobody waits for it (any more).
    /// @pre on a shard's thread
    bool take(const MessagePtr& message, const Receipt& receipt);

    /// Hears of answers on the bus from now on. @thread the main one
    void listen_on_bus();
    /// The link is going away.
    void forget(const Link& link);

private:
    class BusReader;
    struct Request {
        Link* asker;
        std::string reply_to;
        Id correlation_id;
        Instant until;
    };

    void forget_old(Instant now);

    Gateway& gateway_;
    const std::string prefix_;  ///< of all its addresses, with the last slash
    const TopicFilter filter_;
    const std::string stamp_;
    Gauge& waiting_;
    Gauge& orphans_;
    std::unique_ptr<BusReader> bus_reader_;
    std::mutex mutex_;
    boost::unordered_flat_map<std::string, Request> requests_;
    std::deque<std::string> oldest_;  ///< tokens in the order in which they were given out
};

}  // namespace rialto::bridge
