#include "adapters/zeromq/sockets.hpp"

#include <algorithm>

namespace rialto::zeromq {
namespace {

using namespace std::chrono_literals;

// Where one peer is there, the others get so much time before we go on without them: they come when they come.
constexpr auto time_for_others = 1s;
// ZeroMQ gives an address back a little after its socket is closed.
constexpr auto time_for_address = 2s;
constexpr auto address_tries = 40;

}  // namespace

boost::asio::awaitable<Result<void>> Sockets::open(std::vector<SocketPlan> plans) {
    close();
    const std::uint64_t round = round_;
    const bool has_subscriptions =
        std::any_of(plans.begin(), plans.end(), [](const SocketPlan& plan) { return plan.has_subscriptions(); });
    Result<void> result = co_await make_all(std::move(plans));
    if (result) result = co_await meet();
    if (result && has_subscriptions) co_await wait(patience_.join);
    if (round != round_) co_return fail(Errc::closed, "closed");
    if (result && !is_reached()) result = failure();
    if (result) {
        is_open_ = true;
    } else {
        close();
    }
    co_return result;
}

boost::asio::awaitable<Result<void>> Sockets::make_all(std::vector<SocketPlan> plans) {
    const std::uint64_t round = round_;
    for (SocketPlan& plan : plans) {
        for (int tries_left = address_tries;; --tries_left) {
            Result<std::unique_ptr<Socket>> made = Socket::open(shard_, plan, *this);
            if (made) {
                sockets_.push_back(*std::move(made));
                break;
            }
            if (made.error().code != Errc::over_limit || tries_left == 0) co_return made.error();
            co_await wait(time_for_address / address_tries);
            if (round != round_) co_return fail(Errc::closed, "closed");
        }
    }
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> Sockets::meet() {
    Result<void> result;
    if (!is_reached()) {
        Answer<void> first_peer(shard_.io());
        first_peer_ = &first_peer;
        result = co_await first_peer.wait(patience_.connect, failure().message);
        first_peer_ = nullptr;
    }
    if (result && !are_all_reached()) {
        Answer<void> all_peers(shard_.io());
        all_peers_ = &all_peers;
        co_await all_peers.wait(time_for_others, {});
        all_peers_ = nullptr;
    }
    co_return result;
}

boost::asio::awaitable<void> Sockets::wait(std::chrono::milliseconds time) {
    boost::asio::steady_timer timer(shard_.io(), time);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void Sockets::close() {
    ++round_;
    is_open_ = false;
    sockets_.clear();
    if (first_peer_) first_peer_->give(fail(Errc::closed, "closed"));
    if (all_peers_) all_peers_->give(fail(Errc::closed, "closed"));
}

bool Sockets::is_reached() const noexcept {
    return std::any_of(sockets_.begin(), sockets_.end(), [](const auto& socket) { return socket->is_reached(); });
}

bool Sockets::are_all_reached() const noexcept {
    return std::all_of(sockets_.begin(), sockets_.end(), [](const auto& socket) { return socket->are_all_reached(); });
}

bool Sockets::have_all_failed() const noexcept {
    return std::all_of(sockets_.begin(), sockets_.end(), [](const auto& socket) { return socket->has_failed(); });
}

Error Sockets::failure() const {
    for (const auto& socket : sockets_) {
        if (!socket->is_reached()) return socket->failure();
    }
    return {Errc::unreachable, "nobody is there"};
}

void Sockets::on_news(Socket& socket) noexcept {
    if (is_open_) user_.on_news(socket);
}

void Sockets::on_peers(Socket&) noexcept {
    if (first_peer_) {
        if (is_reached()) {
            first_peer_->give({});
        } else if (have_all_failed()) {
            first_peer_->give(failure());
        }
    }
    if (all_peers_ && are_all_reached()) all_peers_->give({});
    if (is_open_ && !is_reached()) user_.on_unreached();
}

}  // namespace rialto::zeromq
