#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace rialto {

/// Where to listen or to connect: a host and a port, or the path of a unix socket.
struct Address {
    std::string host;
    std::uint16_t port = 0;
    std::string unix_path;

    bool is_unix() const noexcept { return !unix_path.empty(); }
    /// "127.0.0.1:1883", "[::1]:1883" or "unix:/run/x.sock"
    std::string text() const;
};

/// Whether nobody outside this machine can reach it: 127.0.0.0/8, ::1, localhost, a unix socket.
bool is_loopback(const Address& address);

/// The other end of a connected socket, for logs; "?" where it is gone.
std::string address_of_peer(int descriptor);

/// A connected, non-blocking descriptor that the caller owns.
struct Connected {
    int descriptor;
    int family;
};

/// Connects, trying each address that the name resolves to. Resolution does not block the loop.
/// @error unreachable, timed_out  with the address in the message
boost::asio::awaitable<Result<Connected>> connect_to(boost::asio::io_context& io, Address address,
                                                     std::chrono::milliseconds within);

}  // namespace rialto
