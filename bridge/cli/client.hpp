#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "bridge/config.hpp"
#include "core/message.hpp"

namespace rialto::bridge {

/// A broker as `rialto pub` and `rialto sub` see it: blocking calls that say what went wrong. @thread one
class Client {
public:
    virtual ~Client() = default;

    virtual Result<void> open_for_publishing() = 0;
    /// Waits while too many are unconfirmed.
    virtual Result<void> publish(const MessagePtr& message) = 0;
    /// Waits until the other side has confirmed everything, and disconnects.
    virtual Result<void> finish_publishing() = 0;

    virtual Result<void> subscribe(const std::vector<TopicFilter>& filters) = 0;
    /// The next message; null where none came within that time.
    virtual Result<MessagePtr> next(std::chrono::milliseconds within) = 0;
    virtual void finish_subscribing() = 0;
};

/// For brokers of MQTT: Paho, so that what we say of a broker does not rest on our own client alone.
std::unique_ptr<Client> make_paho_client(const EndpointConfig& endpoint);
/// For all others: the backend's own source and sink.
/// @error invalid  what the adapter refuses
Result<std::unique_ptr<Client>> make_adapter_client(const EndpointConfig& endpoint);

}  // namespace rialto::bridge
