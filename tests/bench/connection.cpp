#include "tests/bench/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bench {
namespace {

template <typename Value> void set_option(int fd, int level, int option, const Value& value) {
    if (setsockopt(fd, level, option, &value, sizeof value) != 0) fail_with_errno("setsockopt");
}

Bytes as_bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// All connections read into the same place; only the beginning of a packet is kept for each.
std::array<std::uint8_t, 256 * 1024> read_buffer;

}  // namespace

void fail_with_errno(const std::string& what) {
    throw Failure(what + ": " + std::generic_category().message(errno));
}

Connection::Connection(const Endpoint& endpoint, Version version, std::string_view client_id)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), version_(version) {
    if (fd_ < 0) fail_with_errno("socket");
    set_option(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd_, SOL_SOCKET, SO_LINGER, linger{1, 0});
    set_option(fd_, SOL_SOCKET, SO_RCVTIMEO, timeval{10, 0});
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&endpoint.address), sizeof endpoint.address) != 0)
        fail_with_errno("connect");
    send(as_bytes(connect_packet(version, client_id)));
    receive_maximum_ = receive_maximum_of(version, wait_for(packet::connack));
}

Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      version_(other.version_),
      receive_maximum_(other.receive_maximum_),
      partial_(std::move(other.partial_)),
      backlog_(std::move(other.backlog_)) {}

Connection::~Connection() {
    if (fd_ >= 0) close(fd_);
}

void Connection::subscribe(std::string_view filter, int qos) {
    send(as_bytes(subscribe_packet(version_, filter, qos)));
    const std::vector<std::uint8_t> answer = wait_for(packet::suback);
    if (answer.empty() || answer.back() != qos) throw Failure("the server did not grant the subscription");
}

void Connection::stop_waiting() {
    const int flags = fcntl(fd_, F_GETFL);
    if (flags < 0 || fcntl(fd_, F_SETFL, flags | O_NONBLOCK) != 0) fail_with_errno("fcntl");
}

void Connection::send(Bytes bytes) {
    const std::size_t written = has_backlog() ? 0 : write_some(bytes);
    backlog_.insert(backlog_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(written), bytes.end());
}

void Connection::flush() {
    const std::size_t written = write_some(backlog_);
    backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(written));
}

std::size_t Connection::write_some(Bytes bytes) {
    const ssize_t written = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written >= 0) return static_cast<std::size_t>(written);
    if (errno != EAGAIN) fail_with_errno("send");
    return 0;
}

Bytes Connection::read_once() {
    std::copy(partial_.begin(), partial_.end(), read_buffer.begin());
    const std::size_t kept = partial_.size();
    if (kept == read_buffer.size()) throw Failure("a packet is larger than the read buffer");
    const ssize_t count = recv(fd_, read_buffer.data() + kept, read_buffer.size() - kept, 0);
    if (count == 0) throw Failure("the server closed a connection");
    if (count < 0 && errno != EAGAIN) fail_with_errno("recv");
    return {read_buffer.data(), kept + static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

void Connection::keep_partial(Bytes rest) {
    partial_.assign(rest.begin(), rest.end());
}

std::vector<std::uint8_t> Connection::wait_for(std::uint8_t first_byte) {
    std::vector<std::uint8_t> answer;
    bool arrived = false;
    while (!arrived) {
        const std::size_t before = partial_.size();
        bool any = false;
        read_packets([&](std::uint8_t first, Bytes body) {
            any = true;
            if (first != first_byte) throw Failure("the server sent an unexpected packet");
            answer.assign(body.begin(), body.end());
            arrived = true;
        });
        if (!any && partial_.size() == before) throw Failure("the server did not answer within ten seconds");
    }
    return answer;
}

}  // namespace bench
