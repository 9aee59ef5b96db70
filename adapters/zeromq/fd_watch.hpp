#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

namespace rialto::zeromq {

/// Calls a function whenever a descriptor that belongs to somebody else becomes readable: ZMQ_FD, which says that a socket
/// may have news and is quiet again as soon as anybody touches the socket. The function may destroy the watch.
/// Lives on: the loop's shard; it may outlive the loop, and then calls no more.
class FdWatch {
public:
    FdWatch(boost::asio::io_context& io, int descriptor, std::function<void()> on_news);
    ~FdWatch();
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;

    /// Calls the function once in a while, whether there is news or not: for who stopped before the end.
    void call_soon();

private:
    struct State;
    static void call(State& state);
    static void wait(std::shared_ptr<State> state);

    boost::asio::io_context& io_;
    std::weak_ptr<State> state_;  ///< owned by the handler that waits on the loop, and gone with it
};

}  // namespace rialto::zeromq
