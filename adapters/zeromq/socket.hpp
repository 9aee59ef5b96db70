#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "adapters/zeromq/fd_watch.hpp"
#include "adapters/zeromq/socket_options.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/shard.hpp"

namespace rialto::zeromq {

class Socket;

/// Hears of a socket. It may destroy the socket from within.
class SocketUser {
public:
    /// There may be something to receive, or room to send.
    virtual void on_news(Socket& socket) noexcept = 0;
    /// Of the peers that it connects to one has come or gone, or can't be reached.
    virtual void on_peers(Socket& socket) noexcept = 0;

protected:
    ~SocketUser() = default;
};

/// One ZeroMQ socket on a shard's loop, with its monitor. ZeroMQ connects again by itself. Lives on: one shard.
class Socket {
public:
    using Parts = std::vector<zmq::message_t>;

    /// Binds and begins to connect.
    /// @error over_limit   an address is taken; it may be free in a moment, where it was ours
    /// @error invalid      an address can't be used
    static Result<std::unique_ptr<Socket>> open(Shard& shard, SocketPlan plan, SocketUser& user);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    const SocketPlan& plan() const noexcept { return plan_; }

    /// The parts of the next message into `parts`; of one with more than `most` the rest is dropped.
    /// @return how many it had; 0 where there is none
    std::size_t receive(Parts& parts, std::size_t most);
    /// Whether there is a message to receive.
    bool can_receive();
    /// One part; false where there is no room for it now. The parts of a message follow each other.
    bool send(zmq::message_t& part, bool has_more);
    /// Calls on_news() once more, soon.
    void call_soon() { news_.call_soon(); }

    /// Whether it stands open for peers, or is connected to one.
    bool is_reached() const noexcept { return plan_.binds() || !peers_.empty(); }
    /// Whether it is connected to all that it is to connect to.
    bool are_all_reached() const noexcept { return peers_.size() >= connecting_; }
    /// Whether a try at each of those has failed, and why.
    bool has_failed() const noexcept { return connecting_ != 0 && failed_.size() >= connecting_; }
    const Error& failure() const noexcept { return failure_; }

private:
    Socket(Shard& shard, SocketPlan plan, SocketUser& user, zmq::socket_t socket, zmq::socket_t monitor);

    void read_monitor();
    void take_event(std::uint16_t event, const std::string& address);
    void on_timer();
    void take_news();

    Shard& shard_;
    SocketPlan plan_;
    SocketUser& user_;
    zmq::socket_t socket_;
    zmq::socket_t monitor_;
    std::size_t connecting_;
    std::set<std::string> peers_;   ///< that it is connected to, by address; of a socket that binds alone, nobody asks
    std::set<std::string> failed_;
    Error failure_;
    log::RateLimit handshake_log_;
    Timer timer_;  ///< looks in even if ZeroMQ's descriptor was quiet by mistake
    FdWatch news_;
    FdWatch monitor_news_;
};

}  // namespace rialto::zeromq
