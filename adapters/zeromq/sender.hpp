#pragma once

#include <deque>

#include "adapters/zeromq/interest.hpp"
#include "adapters/zeromq/socket.hpp"
#include "adapters/zeromq/wire_form.hpp"
#include "core/metrics.hpp"
#include "core/receipt.hpp"

namespace rialto::zeromq {

/// Sends messages on one socket, in order. What no subscriber wants is not sent and not even encoded; where there is no room
/// it waits. A receipt is accepted when ZeroMQ has the message, for it will not say more. Lives on: one shard.
class Sender {
public:
    /// @param unwanted  counts what no subscriber wants
    Sender(Socket& socket, Format format, Counter& unwanted) : socket_(socket), format_(format), unwanted_(unwanted) {}

    void push(MessagePtr message, Receipt receipt) { queue_.push_back({std::move(message), std::move(receipt)}); }
    /// Sends as much as there is room for.
    void send_all();
    /// Forgets what is not sent; the receipts are released.
    void release_all();

private:
    struct Entry {
        MessagePtr message;
        Receipt receipt;
    };

    bool is_publisher() const noexcept { return socket_.plan().kind == SocketKind::publisher; }
    void read_subscriptions();
    void encode(const MessagePtr& message);
    bool send_parts();

    Socket& socket_;
    Format format_;
    Counter& unwanted_;
    Interest interest_;
    std::deque<Entry> queue_;
    Socket::Parts parts_;        ///< of the first message of the queue, as far as it is encoded
    std::size_t next_part_ = 0;  ///< that is not sent yet
    Socket::Parts notice_;
};

}  // namespace rialto::zeromq
