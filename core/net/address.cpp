#include "core/net/address.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rialto {
namespace asio = boost::asio;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    return host + ":" + std::to_string(endpoint.port());
}

Error unreachable(const Address& address, const boost::system::error_code& error) {
    return fail(Errc::unreachable, "can't connect to " + address.text() + ": " + error.message());
}

asio::awaitable<Result<Connected>> connect_tcp(asio::io_context& io, Address address) {
    asio::ip::tcp::resolver resolver(io);
    auto [unresolved, endpoints] =
        co_await resolver.async_resolve(address.host, std::to_string(address.port), as_result);
    if (unresolved) co_return unreachable(address, unresolved);
    asio::ip::tcp::socket socket(io);
    auto [failed, endpoint] = co_await asio::async_connect(socket, endpoints, as_result);
    if (failed) co_return unreachable(address, failed);
    const int family = endpoint.address().is_v6() ? AF_INET6 : AF_INET;
    co_return Connected{socket.release(), family};
}

asio::awaitable<Result<Connected>> connect_unix(asio::io_context& io, Address address) {
    asio::local::stream_protocol::socket socket(io);
    auto [failed] = co_await socket.async_connect(asio::local::stream_protocol::endpoint(address.unix_path), as_result);
    if (failed) co_return unreachable(address, failed);
    co_return Connected{socket.release(), AF_UNIX};
}

asio::awaitable<Result<Connected>> connect_anyhow(asio::io_context& io, Address address) {
    if (address.is_unix()) co_return co_await connect_unix(io, std::move(address));
    co_return co_await connect_tcp(io, std::move(address));
}

}  // namespace

std::string Address::text() const {
    if (is_unix()) return "unix:" + unix_path;
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool is_loopback(const Address& address) {
    if (address.is_unix() || address.host == "localhost") return true;
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(address.host, error);
    return !error && ip.is_loopback();
}

std::string address_of_peer(int descriptor) {
    asio::ip::tcp::endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    if (::getpeername(descriptor, endpoint.data(), &size) != 0) return "?";
    if (endpoint.data()->sa_family == AF_UNIX) return "unix";
    endpoint.resize(size);
    return text_of(endpoint);
}

asio::awaitable<Result<Connected>> connect_to(asio::io_context& io, Address address, std::chrono::milliseconds within) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(io, within);
    auto first = co_await (connect_anyhow(io, address) || timer.async_wait(as_result));
    if (first.index() == 0) co_return std::get<0>(std::move(first));
    co_return fail(Errc::timed_out, "no connection to " + address.text() + " within " +
                                        std::to_string(within.count()) + " ms");
}

}  // namespace rialto
