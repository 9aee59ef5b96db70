#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace rialto::zeromq {

/// One place where a socket meets its peers.
struct Endpoint {
    std::string address;  ///< as ZeroMQ takes it: "tcp://*:6543", "ipc:///run/x"
    bool binds = false;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// What an endpoint without a mark does.
enum class Unmarked : bool { connects, binds };

/// Reads `tcp://HOST:PORT`, `tcp://[IPV6]:PORT` or `ipc://PATH`, with `>` (connect) or `@` (bind) in front or neither.
/// @error invalid  with the text in the message
Result<Endpoint> parse_endpoint(std::string_view text, Unmarked unmarked);

}  // namespace rialto::zeromq
