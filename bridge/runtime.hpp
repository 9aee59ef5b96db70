#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/config.hpp"
#include "bridge/link.hpp"
#include "bridge/listeners.hpp"
#include "bridge/route.hpp"
#include "core/gateway.hpp"

namespace rialto::bridge {

/// A running gateway: what one configuration describes, as objects. @thread the main one
class Runtime {
public:
    /// Makes listeners, backends and routes, without binding or connecting. What an adapter refuses is reported at its
    /// place; nothing may be started then.
    Runtime(Config config, Diagnostics& diagnostics);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    /// Opens the store, backends, routes and then the listeners.
    /// @error invalid  the store is damaged, or somebody else's
    /// @error refused  an address is in use; what was started before stays until the destructor
    Result<void> start();

    /// Goes over to another configuration: listeners, backends, routes, histories, the level and form of the log. What did not
    /// change is left alone, and clients stay connected, but for those of a listener that is gone. The gateway's own settings,
    /// `[auth]`, and queue, envelope and spool of a backend that stays are as they were at the start; the log says so where they
    /// differ. @pre started
    /// @error invalid, refused  what an adapter refuses, or an address in use; nothing has changed then
    Result<void> reload(Config config);

    /// Stops accepting, lets clients go, settles what is in flight, and stops all loops; returns within `gateway.drain`.
    void drain();

    Gateway& gateway() noexcept { return gateway_; }
    const Config& config() const noexcept { return config_; }
    const std::vector<std::unique_ptr<Route>>& routes() const noexcept { return routes_; }
    /// The backend's connection; null where there is none of that name.
    Link* find_link(std::string_view name) const;

private:
    void make_links(Diagnostics& diagnostics);
    void make_routes();
    void connect_links_and_routes();
    void listen_for_replies();
    Result<void> open_store();
    void stop_links(Instant deadline);
    Route::Settings settings_for_route(const RouteConfig& route);
    static void restore(Dedupe& dedupe, const std::string& route);
    Ref<Dedupe> dedupe_for(const RouteConfig& route);
    Wiring wiring_for(const Link& link);

    Config config_;
    Gateway gateway_;
    std::map<std::string, std::unique_ptr<Link>, std::less<>> links_;
    ReplyDesk replies_{gateway_};
    std::vector<std::pair<std::string, Ref<Dedupe>>> dedupes_;  ///< by route; those of routes that left stay, and are empty
    std::vector<std::unique_ptr<Route>> routes_;
    Listeners listeners_{gateway_};
    bool is_running_ = false;

    friend class Reload;
};

}  // namespace rialto::bridge
