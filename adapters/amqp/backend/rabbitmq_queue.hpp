#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/net/dial.hpp"

namespace rialto::amqp {

/// A queue of RabbitMQ's that keeps for us what is published to an exchange. AMQP 1.0 can't make one there: its sources on an
/// exchange read queues that go with the connection. So it is made in AMQP 0-9-1, which RabbitMQ speaks on the same port.
struct QueueWish {
    std::string queue;
    std::string exchange;
    std::vector<std::string> bind;    ///< keys that it gets messages of
    std::vector<std::string> unbind;  ///< and those that it had and is not to have any more
};

/// As whom; the mechanism is the one of the connection that reads.
struct QueueLogin {
    std::string virtual_host;
    std::string mechanism;  ///< PLAIN or EXTERNAL
    std::string user;
    std::string password;
};

/// Makes the queue and its bindings; what is there already stays. Takes a connection of its own. @return how many read it now
/// @error refused  the login, or a permission
/// @error unreachable, timed_out, protocol
boost::asio::awaitable<Result<std::uint32_t>> make_queue(Shard& shard, Dialing dialing, QueueLogin login, QueueWish wish);

}  // namespace rialto::amqp
