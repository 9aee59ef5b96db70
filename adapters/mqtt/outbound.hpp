#pragma once

#include "adapters/mqtt/send_window.hpp"
#include "core/timer_wheel.hpp"

#include <boost/circular_buffer.hpp>

namespace rialto::mqtt {

/// Messages that a session has taken over at QoS 1 and 2: first those on their way, then those that wait for
/// room. It is made with the first of them; an idle session has none. Lives on: one shard.
struct Outbound {
    SendWindow window;
    boost::circular_buffer<Outgoing> queue;
    std::unique_ptr<Timer> stall_timer;  ///< runs while the queue is so full that sources wait
    std::uint64_t finished = 0;          ///< exchanges that came to their end

    void enqueue(Outgoing outgoing) {
        if (queue.full()) queue.set_capacity(queue.empty() ? 16 : queue.capacity() * 2);
        queue.push_back(std::move(outgoing));
    }

    /// Takes the front. Messages beyond `bound` keep their source waiting; the one that now comes within it
    /// doesn't.
    Outgoing dequeue(std::size_t bound) {
        Outgoing front = std::move(queue.front());
        queue.pop_front();
        front.receipt.settle(Outcome::accepted);
        if (bound != 0 && queue.size() >= bound) queue[bound - 1].receipt.settle(Outcome::accepted);
        if (queue.empty() && queue.capacity() > 64) queue.set_capacity(0);
        return front;
    }
};

}  // namespace rialto::mqtt
