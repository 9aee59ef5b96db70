#include "tests/bench/poller.hpp"

#include "tests/bench/failure.hpp"

#include <cerrno>

#include <unistd.h>

namespace bench {

Poller::Poller() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) fail_with_errno("epoll_create1");
}

Poller::~Poller() {
    close(fd_);
}

void Poller::add(int fd, std::uint32_t number) {
    control(EPOLL_CTL_ADD, fd, number, EPOLLIN);
}

void Poller::report_writable(int fd, std::uint32_t number) {
    control(EPOLL_CTL_MOD, fd, number, EPOLLIN | EPOLLOUT);
}

void Poller::report_only_readable(int fd, std::uint32_t number) {
    control(EPOLL_CTL_MOD, fd, number, EPOLLIN);
}

std::span<const epoll_event> Poller::wait(std::chrono::milliseconds at_most) {
    const int count =
        epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(at_most.count()));
    if (count < 0 && errno != EINTR) fail_with_errno("epoll_wait");
    return {events_.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
}

void Poller::control(int operation, int fd, std::uint32_t number, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.u32 = number;
    if (epoll_ctl(fd_, operation, fd, &event) != 0) fail_with_errno("epoll_ctl");
}

}  // namespace bench
