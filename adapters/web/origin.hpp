#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::web {

/// Where a page comes from: "https://app.example:8443". Lower case; the port is always there.
/// @source RFC 6454 sections 4 and 6
struct Origin {
    std::string scheme;
    std::string host;
    std::uint16_t port = 0;

    /// Of an Origin header. @error invalid  "null" and everything that is no scheme://host[:port]
    static Result<Origin> parse(std::string_view text);
    friend bool operator==(const Origin&, const Origin&) = default;
};

/// The parts of a Host header, the host in lower case and without brackets; the port is 0 where there is
/// none.
struct HostPort {
    std::string host;
    std::uint16_t port = 0;

    static Result<HostPort> parse(std::string_view text);
};

/// Who may talk to a web listener from a browser. WebSocket is under no other rule of the browser's than
/// this. Immutable. @thread any
class OriginRules {
public:
    struct Settings {
        std::vector<std::string> allowed_origins;
        std::vector<std::string> allowed_hosts;
        bool is_tls = false;
        bool checks_host =
            false;  ///< on for loopback: a name that an attacker lets point to 127.0.0.1 is refused
    };

    /// @error invalid  an allowed origin that is none, named in the message
    static Result<OriginRules> make(const Settings& settings);

    /// Whether a request with this Host header was meant for us.
    bool allows_host(std::string_view host) const;
    /// Whether a page of this origin may connect: our own, as the Host header has it, or one of those
    /// allowed.
    bool allows_origin(std::string_view origin, std::string_view host) const;
    /// Whether the origin is one of those allowed, so that browsers shall let its pages read our answers.
    bool is_listed(std::string_view origin) const;

private:
    struct Allowed {
        Origin origin;
        bool any_subdomain = false;  ///< `origin.host` is what follows "*."
    };

    std::vector<Allowed> allowed_;
    std::vector<std::string> hosts_;
    bool allows_all_ = false;
    bool is_tls_ = false;
    bool checks_host_ = false;
};

}  // namespace rialto::web
