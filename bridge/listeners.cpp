#include "bridge/listeners.hpp"

#include <algorithm>

#include "bridge/config_checks.hpp"
#include "bridge/route_plan.hpp"
#include "bridge/run_on.hpp"
#include "core/log.hpp"

namespace rialto::bridge {
namespace {

Result<std::unique_ptr<Listener>> make_listener(Gateway& gateway, const EndpointConfig& endpoint) {
    return find_adapter(gateway, endpoint).make_listener(endpoint.listener_settings());
}

void say_listening(const EndpointConfig& config, const Listener& listener) {
    log::info("listening", {{"listener", config.name}, {"protocol", config.url.scheme}, {"address", listener.bound_address()}});
}

}  // namespace

void Listeners::make(const std::vector<EndpointConfig>& wanted, Diagnostics& diagnostics) {
    for (const EndpointConfig& endpoint : wanted) {
        auto listener = make_listener(gateway_, endpoint);
        if (listener.has_error()) {
            diagnostics.error(endpoint.options.place_of("url"), listener.error().message);
        } else {
            entries_.push_back({endpoint, std::move(*listener)});
        }
    }
}

Result<void> Listeners::start() {
    for (const Entry& entry : entries_) {
        const auto started = entry.listener->start();
        if (started.has_error()) return in_context("listener '" + entry.config.name + "'", started.error());
        say_listening(entry.config, *entry.listener);
    }
    return {};
}

Listeners::Entry* Listeners::find(const std::string& name) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.config.name == name; });
    return found == entries_.end() ? nullptr : &*found;
}

Result<Listeners::Change> Listeners::prepare(const std::vector<EndpointConfig>& wanted) {
    Change change;
    change.wanted_ = wanted;
    for (const EndpointConfig& endpoint : wanted) {
        const Entry* const known = find(endpoint.name);
        if (known && known->config.is_same_as(endpoint)) continue;
        // Adapters make their listeners before the gateway runs, or on one shard.
        Result<std::unique_ptr<Listener>> made = std::unique_ptr<Listener>();
        run_on(gateway_.shard(0), [&] { made = make_listener(gateway_, endpoint); });
        if (made.has_error()) return in_context("listener '" + endpoint.name + "'", made.error());
        const bool is_taken_by_us = std::any_of(entries_.begin(), entries_.end(),
                                                [&](const Entry& entry) { return share_a_port(entry.config.url.address(0), endpoint.url.address(0)); });
        if (!is_taken_by_us) {
            const auto started = (*made)->start();
            if (started.has_error()) return in_context("listener '" + endpoint.name + "'", started.error());
        }
        change.made_[endpoint.name] = std::move(*made);
    }
    return change;
}

void Listeners::apply(Change change) {
    std::vector<Entry> before = std::exchange(entries_, {});
    const auto stays = [&](const Entry& entry) { return !change.made_.contains(entry.config.name); };
    const auto is_wanted = [&](const Entry& entry) {
        return std::any_of(change.wanted_.begin(), change.wanted_.end(), [&](const auto& c) { return c.name == entry.config.name; });
    };
    for (Entry& entry : before) {
        if (is_wanted(entry) && stays(entry)) continue;
        is_wanted(entry) ? entry.listener->stop_accepting() : entry.listener->drain();
        log::info("listener left", {{"listener", entry.config.name}, {"address", entry.listener->bound_address()}});
    }
    wait_until_closed();
    for (const EndpointConfig& config : change.wanted_) {
        const auto old = std::find_if(before.begin(), before.end(), [&](const Entry& entry) { return entry.config.name == config.name; });
        const auto made = change.made_.find(config.name);
        if (made == change.made_.end()) {
            entries_.push_back(std::move(*old));
            continue;
        }
        entries_.push_back({config, std::move(made->second)});
        // One that has another address is open already, and says so again.
        if (const auto started = entries_.back().listener->start(); started.has_error()) {
            log::error("listener not open", {{"listener", config.name}, {"error", started.error().message}});
        } else {
            say_listening(config, *entries_.back().listener);
        }
    }
    for (Entry& entry : before) {
        if (entry.listener) leaving_.push_back(std::move(entry.listener));
    }
    std::erase_if(leaving_, [](const auto& listener) { return listener->connection_count() == 0; });
}

/// Ports are closed by the shard that accepts, which has done so when it has read its mail.
void Listeners::wait_until_closed() { run_on(gateway_.shard(0), [] {}); }

void Listeners::drain() {
    for (const Entry& entry : entries_) entry.listener->drain();
    for (const auto& listener : leaving_) listener->drain();
}

bool Listeners::has_clients() const {
    const auto has_any = [](const Listener& listener) { return listener.connection_count() > 0; };
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return has_any(*entry.listener); }) ||
           std::any_of(leaving_.begin(), leaving_.end(), [&](const auto& listener) { return has_any(*listener); });
}

}  // namespace rialto::bridge
