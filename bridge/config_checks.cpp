#include "bridge/config_checks.hpp"

#include "bridge/guarantee.hpp"

namespace rialto::bridge {
namespace {

SourceRange place_of_url(const EndpointConfig& endpoint) { return endpoint.options.place_of("url"); }

bool is_any_address(const std::string& host) { return host == "0.0.0.0" || host == "::" || host == "*"; }

}  // namespace

bool share_a_port(const Address& a, const Address& b) {
    if (a.is_unix() || b.is_unix()) return a.unix_path == b.unix_path;
    if (a.port == 0 || a.port != b.port) return false;
    return a.host == b.host || is_any_address(a.host) || is_any_address(b.host);
}

void check_listeners(const Config& config, bool is_open, ReadingContext& context) {
    for (std::size_t i = 0; i < config.listeners.size(); ++i) {
        const EndpointConfig& listener = config.listeners[i];
        const Address address = listener.url.address(0);
        if (!is_open && !is_loopback(address)) {
            context.diagnostics.error(place_of_url(listener),
                                      "'" + address.text() + "' is open to other machines, which needs auth.allow_anonymous = true",
                                      "or listen on 127.0.0.1");
        }
        for (std::size_t other = 0; other < i; ++other) {
            if (!share_a_port(address, config.listeners[other].url.address(0))) continue;
            context.diagnostics.error(place_of_url(listener), "'" + address.text() + "' is taken by the listener '" +
                                                                  config.listeners[other].name + "' already");
            break;
        }
    }
}

void check_spools(const Config& config, ReadingContext& context) {
    if (!config.data_dir.empty() || config.store) return;
    for (const EndpointConfig& backend : config.backends) {
        if (!backend.options.is_set("spool")) continue;
        context.diagnostics.error(backend.options.place_of("spool"), "a spool needs a folder to be in",
                                  "write data_dir = \"/var/lib/rialto\" below [gateway]");
    }
}

namespace {

void check_target(const Config& config, const RouteTarget& target, ReadingContext& context) {
    const EndpointConfig* const backend = config.find_backend(target.place);
    if (!backend || backend->adapter->abilities(backend->backend_settings()).writes) return;
    context.diagnostics.error(target.where, "nothing can be written to '" + target.place + "'");
}

}  // namespace

void check_deliveries(const Config& config, ReadingContext& context) {
    for (const RouteConfig& route : config.routes) {
        for (const RouteSource& source : route.from) {
            const EndpointConfig* const backend = config.find_backend(source.place);
            if (backend && !backend->adapter->abilities(backend->backend_settings()).reads) {
                context.diagnostics.error(source.where, "nothing can be read from '" + source.place + "'");
            }
        }
        for (const RouteTarget& target : route.to) check_target(config, target, context);
        if (route.dead_letter) check_target(config, *route.dead_letter, context);
        if (route.delivery != Delivery::at_least_once) continue;
        for (const Weakness& weakness : weaknesses_of(config, route)) {
            context.diagnostics.error(weakness.where, "at-least-once can't be had with '" + weakness.place + "': " + weakness.reason);
        }
    }
}

}  // namespace rialto::bridge
