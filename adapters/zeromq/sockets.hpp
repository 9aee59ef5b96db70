#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "adapters/zeromq/socket.hpp"
#include "core/answer.hpp"

namespace rialto::zeromq {

/// Hears of the sockets of a source or a sink, once they are open.
class SocketsUser {
public:
    virtual void on_news(Socket& socket) noexcept = 0;
    /// None of them is connected any more, and none stands open. It may be that they are again before anybody looks.
    virtual void on_unreached() noexcept = 0;

protected:
    ~SocketsUser() = default;
};

/// The sockets of a source or a sink, which open and fail together: open as soon as any of them meets anybody, lost when
/// none does any more. Peers that are not there at that moment are connected by ZeroMQ when they come. Lives on: one shard.
class Sockets final : private SocketUser {
public:
    struct Patience {
        std::chrono::milliseconds connect;  ///< for the first peer
        std::chrono::milliseconds join;     ///< for subscriptions to arrive at peers; ZeroMQ does not tell when they have
    };

    Sockets(Shard& shard, SocketsUser& user, Patience patience) : shard_(shard), user_(user), patience_(patience) {}

    /// Opens a socket for each plan.
    /// @error unreachable, refused, timed_out  none of the peers is there
    /// @error over_limit, invalid              an endpoint can't be bound or is none
    /// @error closed                           close() was called meanwhile
    boost::asio::awaitable<Result<void>> open(std::vector<SocketPlan> plans);
    /// What is unsent is tried for a while longer, as far as the sockets' own options say.
    void close();

    bool is_open() const noexcept { return is_open_; }
    bool is_reached() const noexcept;
    /// Why it is not.
    Error failure() const;
    const std::vector<std::unique_ptr<Socket>>& all() const noexcept { return sockets_; }

private:
    void on_news(Socket& socket) noexcept override;
    void on_peers(Socket& socket) noexcept override;
    boost::asio::awaitable<Result<void>> make_all(std::vector<SocketPlan> plans);
    boost::asio::awaitable<Result<void>> meet();
    boost::asio::awaitable<void> wait(std::chrono::milliseconds time);
    bool are_all_reached() const noexcept;
    bool have_all_failed() const noexcept;

    Shard& shard_;
    SocketsUser& user_;
    Patience patience_;
    std::vector<std::unique_ptr<Socket>> sockets_;
    Answer<void>* first_peer_ = nullptr;  ///< set while open() waits for one
    Answer<void>* all_peers_ = nullptr;   ///< set while open() waits for the others
    std::uint64_t round_ = 0;             ///< raised by close()
    bool is_open_ = false;
};

}  // namespace rialto::zeromq
