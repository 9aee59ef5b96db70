#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/message.hpp"
#include "core/receipt.hpp"

namespace rialto {

/// How one subscription wants its messages. @source MQTT 5.0 section 3.8.3.1
struct SubscriptionOptions {
    Qos max_qos = Qos::exactly_once;
    bool no_local = false;             ///< not what the subscriber itself published
    bool retain_as_published = false;  ///< keep the retain flag of live messages
    std::uint32_t identifier = 0;      ///< told with each message; 0 is none
};

/// One message on its way to one subscriber. Borrowed: valid during deliver() only; keep `message` by copying the pointer.
struct Delivery {
    const MessagePtr& message;
    Qos qos;                                       ///< the lower of the message's and the subscription's
    bool retain;                                   ///< the flag to show to the subscriber
    bool is_replay;                                ///< a retained message sent because of a new subscription
    std::span<const std::uint32_t> identifiers;    ///< of all its subscriptions that match
    std::string_view shared;                       ///< "$share/group/filter" where it came through a shared group
};

/// Whoever takes messages from the bus: a client's session, one STOMP subscription, a route. The bus gives it each
/// message once, however many of its filters match. Lives on: one shard.
class Subscriber {
public:
    Subscriber() noexcept : number_(next_number()) {}
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    /// Takes a message: writes it, queues it, or drops it by a stated policy. Whoever keeps the message beyond this call
    /// without having it safe keeps `receipt.share()`; doing nothing with the receipt means "accepted".
    /// Must not destroy a subscriber; post() that. Publishing from here is fine.
    virtual void deliver(const Delivery& delivery, const Receipt& receipt) noexcept = 0;

    /// Who it is, for Message::origin and "no local".
    ClientNumber number() const noexcept { return number_; }

protected:
    virtual ~Subscriber() = default;

private:
    static ClientNumber next_number() noexcept {
        static std::atomic<ClientNumber> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1;
    }

    ClientNumber number_;
};

}  // namespace rialto
