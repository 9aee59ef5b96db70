#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include <sys/epoll.h>

namespace bench {

/// Tells which of many file descriptors, each known by a number, are ready.
class Poller {
public:
    Poller();
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    void add(int fd, std::uint32_t number);
    void report_writable(int fd, std::uint32_t number);  ///< as well as readable
    void report_only_readable(int fd, std::uint32_t number);

    /// The events are valid until the next call; none when the time is over.
    std::span<const epoll_event> wait(std::chrono::milliseconds at_most);

private:
    void control(int operation, int fd, std::uint32_t number, std::uint32_t events) const;

    int fd_;
    std::array<epoll_event, 512> events_{};
};

}  // namespace bench
