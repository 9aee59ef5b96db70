#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/net/address.hpp"

namespace rialto {

/// Where something is, as users write it: `mqtt://user:pass@host:port/path?key=value`, `unix:///run/x.sock`, `zmq:`.
/// All parts are percent-decoded.
struct Url {
    std::string scheme;                 ///< lower case: "redis+stream"
    std::string user;
    std::optional<std::string> password;
    std::string host;                   ///< without the brackets of an IPv6 address; empty where there is none
    std::optional<std::uint16_t> port;  ///< absent: the scheme's default
    std::string path;                   ///< with its leading slash; empty where there is none
    std::vector<std::pair<std::string, std::string>> query;

    /// @error invalid  no scheme, a port that is none, an octet that has to be percent-encoded
    static Result<Url> parse(std::string_view text);

    /// Without the password: "mqtt://user:***@host:1883/path".
    std::string text() const;

    /// The value of a query key; nothing where it is not there.
    std::optional<std::string_view> query_value(std::string_view key) const;

    /// Where to connect or listen: the path of a unix socket, or the host (localhost where none is named) and its port.
    Address address(std::uint16_t default_port) const;
};

}  // namespace rialto
