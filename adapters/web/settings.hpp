#pragma once

#include "core/net/address.hpp"
#include "core/net/tls.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace rialto::web {

/// What the live socket grants to each client, and how long it waits.
struct LiveLimits {
    std::size_t message_size = 64 * 1024;  ///< of one WebSocket message from the client, in bytes
    std::size_t subscriptions = 256;       ///< for each connection
    std::size_t rate = 1000;               ///< requests a second, twice that in a burst; 0 is no limit
    std::size_t backlog = 1024 * 1024;     ///< bytes that wait for a slow reader before its policy acts
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds ping_interval = std::chrono::seconds(25);
};

/// One web listener.
struct Settings {
    std::string name;
    Address address;
    TlsContext tls;                   ///< null for plain text
    std::size_t max_connections = 0;  ///< 0 is no limit
    std::string static_dir;           ///< served at /; empty: the demo page
    std::vector<std::string>
        allowed_origins;  ///< beside our own: "https://app.example", "https://*.example", "*"
    std::vector<std::string> allowed_hosts;  ///< beside the loopback names, where the listener is on loopback
    bool test_echo = false;                  ///< offer `rialto.echo` at /echo
    std::size_t header_limit = 16 * 1024;    ///< of one request, in bytes: many cookies fit
    std::size_t body_limit = 1024 * 1024;
    std::chrono::milliseconds request_timeout = std::chrono::seconds(15);  ///< for a request to be complete
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);     ///< between requests
    LiveLimits live;
};

}  // namespace rialto::web
