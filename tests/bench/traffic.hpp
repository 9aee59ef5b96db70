#pragma once

#include "tests/bench/connection.hpp"
#include "tests/bench/poller.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace bench {

/// Who talks to whom, and how far ahead.
struct Shape {
    std::uint32_t publishers = 1;
    std::uint32_t subscribers = 1;  ///< each of them gets everything
    int qos = 0;
    Version version = Version::v311;
    std::size_t payload = 64;      ///< bytes, at least 8: the stamp
    std::uint32_t window = 2000;   ///< messages of all publishers on their way to the slowest subscriber
    std::uint32_t inflight = 100;  ///< QoS 1: unacknowledged messages of each publisher
};

/// Publishers and subscribers on one thread. A publisher never gets more than its part of the window ahead of
/// the slowest subscriber, so a server has no reason to drop anything, and every message carries a stamp
/// (publisher, number): a lost, doubled or misplaced one is a Failure at once.
class Traffic {
public:
    Traffic(const Endpoint& endpoint, const Shape& shape);  ///< connects and subscribes everybody

    /// Each publisher sends this many more; returns when all of them have reached every subscriber and,
    /// at QoS 1, every publisher has its acknowledgements. Fails when nothing moves for ten seconds.
    void publish(std::uint32_t messages_of_each);

    /// Fails when anything still arrives within this time.
    void expect_silence(std::chrono::milliseconds time);

private:
    struct Publisher {
        Connection connection;
        PublishFrame frame;
        std::vector<std::uint8_t> batch;  ///< the frame many times over, stamped before each write
        std::uint32_t sent = 0;
        std::uint32_t acknowledged = 0;
        std::uint32_t reached_all = 0;  ///< at least so many are with every subscriber
    };
    struct Subscriber {
        Connection connection;
        std::vector<std::uint32_t> received;  ///< by publisher
        std::vector<std::uint8_t> acks;
    };

    void publish_what_is_allowed();
    [[nodiscard]] std::uint32_t allowed(const Publisher& publisher) const;
    void send_batch(std::uint32_t number, std::uint32_t messages);
    void find_slowest(std::uint32_t number);
    [[nodiscard]] bool is_complete() const;

    void handle(const epoll_event& event);
    void read_acks(Publisher& publisher);
    void read_messages(Subscriber& subscriber);
    void take(Subscriber& subscriber, std::uint8_t first_byte, Bytes body) const;
    void watch(Connection& connection, std::uint32_t number, bool had_backlog);
    [[nodiscard]] std::string how_far() const;

    Shape shape_;
    std::uint32_t window_of_each_;
    std::uint32_t inflight_of_each_;
    std::uint32_t target_ = 0;
    std::vector<Publisher> publishers_;    ///< numbered from 0 in the poller
    std::vector<Subscriber> subscribers_;  ///< numbered after the publishers
    Poller poller_;
};

}  // namespace bench
