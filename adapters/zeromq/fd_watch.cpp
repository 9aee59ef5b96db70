#include "adapters/zeromq/fd_watch.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace rialto::zeromq {

struct FdWatch::State {
    State(boost::asio::io_context& io, int fd, std::function<void()> call) : descriptor(io, fd), on_news(std::move(call)) {}
    ~State() { let_go(); }
    void let_go() {
        on_news = nullptr;
        if (descriptor.is_open()) descriptor.release();  // it is ZeroMQ's to close
    }

    boost::asio::posix::stream_descriptor descriptor;
    std::function<void()> on_news;
};

FdWatch::FdWatch(boost::asio::io_context& io, int descriptor, std::function<void()> on_news) : io_(io) {
    auto state = std::make_shared<State>(io, descriptor, std::move(on_news));
    state_ = state;
    wait(std::move(state));
}

FdWatch::~FdWatch() {
    if (const auto state = state_.lock()) state->let_go();
}

void FdWatch::call(State& state) {
    const auto on_news = state.on_news;  // lives through the call, even where that ends the watch
    if (on_news) on_news();
}

// Waiting anew looks at the descriptor anew, so what came between the call and the wait is not missed.
void FdWatch::wait(std::shared_ptr<State> state) {
    auto& descriptor = state->descriptor;
    descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [state = std::move(state)](const boost::system::error_code& failed) mutable {
                              if (failed || !state->on_news) return;
                              call(*state);
                              if (state->on_news) wait(std::move(state));
                          });
}

void FdWatch::call_soon() {
    boost::asio::post(io_, [watched = state_] {
        if (const auto state = watched.lock()) call(*state);
    });
}

}  // namespace rialto::zeromq
