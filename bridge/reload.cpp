#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "bridge/route_plan.hpp"
#include "bridge/run_on.hpp"
#include "bridge/runtime.hpp"

namespace rialto::bridge {
namespace {

void warn_of_what_stays(const Config& now, const Config& wanted) {
    const auto needs_restart = [](const std::string& what) { log::warn("change needs a restart", {{"of", what}}); };
    if (now.name != wanted.name || now.workers != wanted.workers) needs_restart("gateway");
    if (now.allow_anonymous != wanted.allow_anonymous) needs_restart("auth");
    for (const EndpointConfig& backend : wanted.backends) {
        const EndpointConfig* const known = now.find_backend(backend.name);
        if (known && !can_exchange(*known, backend)) needs_restart("queue, envelope or spool of backend " + backend.name);
    }
}

void keep_what_needs_a_restart(const Config& now, Config& wanted) {
    for (EndpointConfig& backend : wanted.backends) {
        const EndpointConfig* const known = now.find_backend(backend.name);
        if (known && !can_exchange(*known, backend)) backend = *known;
    }
}

}  // namespace

/// The change from one configuration to the next. New routes take over before old ones let go, so that no message
/// passes between them unseen.
class Reload {
public:
    using Links = std::map<std::string, std::unique_ptr<Link>, std::less<>>;

    Reload(Runtime& runtime, Config config) : runtime_(runtime), config_(std::move(config)) {}

    Result<void> run() {
        Result<Links> made = make_links();
        if (made.has_error()) return made.error();
        if (const auto changed = make_changed_backends(); changed.has_error()) return changed.error();
        Result<Listeners::Change> listeners = runtime_.listeners_.prepare(config_.listeners);
        if (listeners.has_error()) return listeners.error();
        take_links(std::move(*made));
        make_routes();
        connect();
        switch_bus_readers();
        wait_for_all_shards();
        destroy_old();
        runtime_.listeners_.apply(std::move(*listeners));
        runtime_.config_.listeners = std::move(config_.listeners);
        runtime_.config_.routes = std::move(config_.routes);
        runtime_.config_.backends = std::move(config_.backends);
        runtime_.config_.drain = config_.drain;
        if (runtime_.config_.history != config_.history) runtime_.gateway_.keep_history(config_.history);
        runtime_.config_.history = std::move(config_.history);
        return {};
    }

private:
    /// Of backends that are new.
    Result<Links> make_links() {
        Links links;
        for (const EndpointConfig& endpoint : config_.backends) {
            if (runtime_.config_.find_backend(endpoint.name)) continue;
            Shard& shard = runtime_.gateway_.home_of(endpoint.name);
            Result<std::unique_ptr<Link>> link = std::unique_ptr<Link>();
            run_on(shard, [&] { link = make_link(runtime_.gateway_, endpoint, shard); });
            if (link.has_error()) return in_context("backend '" + endpoint.name + "'", link.error());
            links[endpoint.name] = std::move(*link);
        }
        return links;
    }

    /// Of those that are reached in another way now.
    Result<void> make_changed_backends() {
        for (const EndpointConfig& endpoint : config_.backends) {
            const EndpointConfig* const known = runtime_.config_.find_backend(endpoint.name);
            if (!known || known->is_same_as(endpoint)) continue;
            Shard& shard = runtime_.find_link(endpoint.name)->shard();
            Result<std::unique_ptr<Backend>> backend = std::unique_ptr<Backend>();
            run_on(shard, [&] { backend = make_backend(runtime_.gateway_, endpoint, shard); });
            if (backend.has_error()) return in_context("backend '" + endpoint.name + "'", backend.error());
            changed_[endpoint.name] = std::move(*backend);
        }
        return {};
    }

    void take_links(Links made) {
        for (auto it = runtime_.links_.begin(); it != runtime_.links_.end();) {
            if (config_.find_backend(it->first)) {
                ++it;
                continue;
            }
            old_links_.push_back(std::move(it->second));
            it = runtime_.links_.erase(it);
        }
        for (auto& [name, link] : made) {
            new_links_.push_back(link.get());
            runtime_.links_[name] = std::move(link);
        }
    }

    /// A route that did not change stays; so does the link of each of its targets.
    void make_routes() {
        std::vector<std::unique_ptr<Route>> routes;
        for (const RouteConfig& wanted : config_.routes) {
            if (auto kept = keep_route(wanted)) {
                routes.push_back(std::move(kept));
            } else {
                routes.push_back(std::make_unique<Route>(runtime_.gateway_, runtime_.settings_for_route(wanted)));
                new_routes_.push_back(routes.back().get());
            }
        }
        for (auto& route : runtime_.routes_) {
            if (route) old_routes_.push_back(std::move(route));
        }
        runtime_.routes_ = std::move(routes);
    }

    std::unique_ptr<Route> keep_route(const RouteConfig& wanted) {
        for (std::size_t i = 0; i < runtime_.routes_.size(); ++i) {
            if (runtime_.routes_[i] && runtime_.config_.routes[i].is_same_as(wanted)) return std::move(runtime_.routes_[i]);
        }
        return nullptr;
    }

    void connect() {
        for (const auto& [name, link] : runtime_.links_) {
            link->shard().post([link = link.get(), wiring = runtime_.wiring_for(*link)] { link->change(wiring); });
        }
        for (auto& [name, backend] : changed_) {
            Link* const link = runtime_.find_link(name);
            link->shard().post([link, backend = std::move(backend)]() mutable { link->exchange(std::move(backend)); });
        }
        runtime_.listen_for_replies();
        for (const auto& route : old_routes_) route->retire();
        for (const auto& link : old_links_) {
            runtime_.replies_.forget(*link);
            for (const auto& route : old_routes_) {
                route->shard().post([route = route.get(), link = link.get()] { route->forget(*link); });
            }
        }
        for (Link* const link : new_links_) link->shard().post([link] { link->start(); });
        for (const auto& link : old_links_) {
            link->shard().post([link = link.get()] { link->change({{}, [](const MessagePtr&, const Receipt&) {}, {}, {}}); });
        }
    }

    /// A route that goes on under its name lives on the same shard, where both happen back to back. For all others the
    /// new ones are there before the old ones leave.
    void switch_bus_readers() {
        const auto stop = [](Route& route) { route.shard().post([&route] { route.stop(); }); };
        const auto goes_on = [&](const Route& old) {
            return std::any_of(new_routes_.begin(), new_routes_.end(), [&](const Route* r) { return r->name() == old.name(); });
        };
        for (Route* const route : new_routes_) route->start();
        for (const auto& route : old_routes_) {
            if (goes_on(*route)) stop(*route);
        }
        wait_for_all_shards();
        for (const auto& route : old_routes_) {
            if (!goes_on(*route)) stop(*route);
        }
    }

    /// When this returns, everything that any shard was told before has been done.
    void wait_for_all_shards() {
        for (std::size_t i = 0; i < runtime_.gateway_.shard_count(); ++i) run_on(runtime_.gateway_.shard(i), [] {});
    }

    /// Nobody reaches them any more but what is in their own shard's mailbox already.
    void destroy_old() {
        for (auto& route : old_routes_) {
            Shard& shard = route->shard();
            shard.post([route = std::move(route)] {});
        }
        for (auto& link : old_links_) {
            std::shared_ptr<Link> shared = std::move(link);
            shared->shard().post([shared, within = runtime_.config_.drain] {
                boost::asio::co_spawn(shared->shard().io(), shared->stop(within), [shared](const std::exception_ptr&) {});
            });
        }
    }

    Runtime& runtime_;
    Config config_;
    std::map<std::string, std::unique_ptr<Backend>> changed_;  ///< by the backend's name
    std::vector<std::unique_ptr<Link>> old_links_;
    std::vector<Link*> new_links_;
    std::vector<std::unique_ptr<Route>> old_routes_;
    std::vector<Route*> new_routes_;
};

Result<void> Runtime::reload(Config config) {
    warn_of_what_stays(config_, config);
    keep_what_needs_a_restart(config_, config);
    return Reload(*this, std::move(config)).run();
}

}  // namespace rialto::bridge
