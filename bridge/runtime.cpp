#include "bridge/runtime.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>
#include <thread>

#include "bridge/builtin_adapters.hpp"
#include "bridge/route_plan.hpp"
#include "core/store/engine.hpp"

namespace rialto::bridge {
namespace {

Gateway::Settings settings_for(const Config& config) {
    Gateway::Settings settings;
    settings.name = config.name;
    settings.workers = config.workers != 0 ? config.workers : std::max(1U, std::thread::hardware_concurrency());
    settings.allow_anonymous = config.allow_anonymous;
    return settings;
}

void report(const EndpointConfig& endpoint, const Error& error, Diagnostics& diagnostics) {
    diagnostics.error(endpoint.options.place_of("url"), error.message);
}

}  // namespace

Runtime::Runtime(Config config, Diagnostics& diagnostics) : config_(std::move(config)), gateway_(settings_for(config_)) {
    add_builtin_adapters(gateway_);
    make_links(diagnostics);
    listeners_.make(config_.listeners, diagnostics);
    if (!diagnostics.empty()) return;
    make_routes();
    connect_links_and_routes();
    gateway_.keep_history(config_.history);
}

Runtime::~Runtime() { gateway_.stop(); }

Link* Runtime::find_link(std::string_view name) const {
    const auto found = links_.find(name);
    return found == links_.end() ? nullptr : found->second.get();
}

void Runtime::make_links(Diagnostics& diagnostics) {
    for (const EndpointConfig& endpoint : config_.backends) {
        Shard& shard = gateway_.home_of(endpoint.name);
        auto link = make_link(gateway_, endpoint, shard);
        if (link.has_error()) {
            report(endpoint, link.error(), diagnostics);
        } else {
            links_[endpoint.name] = std::move(*link);
        }
    }
}

Route::Settings Runtime::settings_for_route(const RouteConfig& route) {
    Route::Settings settings = route_settings(route, [this](const std::string& place) { return find_link(place); }, replies_);
    settings.dedupe = dedupe_for(route);
    return settings;
}

void Runtime::restore(Dedupe& dedupe, const std::string& route) {
    const auto restored = dedupe.restore();
    if (!restored) log::error("what was seen is not known: repeats pass", {{"route", route}, {"error", restored.error().message}});
}

/// A route that changes otherwise goes on with what it has seen.
Ref<Dedupe> Runtime::dedupe_for(const RouteConfig& route) {
    if (!route.dedupe) return nullptr;
    for (const auto& [name, known] : dedupes_) {
        if (name == route.name && known->settings() == *route.dedupe) return known;
    }
    dedupes_.emplace_back(route.name, Ref<Dedupe>(new Dedupe(gateway_, route.name, *route.dedupe)));
    if (is_running_) restore(*dedupes_.back().second, route.name);
    return dedupes_.back().second;
}

void Runtime::make_routes() {
    for (const RouteConfig& route : config_.routes) {
        routes_.push_back(std::make_unique<Route>(gateway_, settings_for_route(route)));
    }
}

Wiring Runtime::wiring_for(const Link& link) {
    Wiring wiring;
    std::vector<Route*> readers;
    std::map<std::string, Route*> senders;
    bool gets_requests = false;
    for (const auto& route : routes_) {
        const auto& targets = route->settings().to;
        const bool is_target = std::any_of(targets.begin(), targets.end(), [&](const auto& target) { return target.link == &link; });
        const auto& dead_letter = route->settings().dead_letter;
        if (is_target || (dead_letter && dead_letter->link == &link)) wiring.writers.push_back(route->stamp());
        if (is_target) senders[route->name()] = route.get();
        gets_requests = gets_requests || (is_target && route->settings().replies);
        const auto wanted = route->filters_of(link.name());
        if (wanted.empty()) continue;
        readers.push_back(route.get());
        wiring.patterns.insert(wiring.patterns.end(), wanted.begin(), wanted.end());
        if (route->settings().replies) wiring.writers.push_back(replies_.stamp());
    }
    wiring.returns = [senders, name = link.name()](const std::string& route, const MessagePtr& message) -> Ref<Returns> {
        const auto found = senders.find(route);
        return found == senders.end() ? nullptr : found->second->returns_for(message, name);
    };
    if (gets_requests) wiring.patterns.push_back(replies_.filter());
    wiring.feed = [readers, name = link.name(), &replies = replies_](const MessagePtr& message, const Receipt& receipt) {
        if (replies.take(message, receipt)) return;
        for (Route* const route : readers) route->take(name, message, receipt);
    };
    return wiring;
}

void Runtime::connect_links_and_routes() {
    for (const auto& [name, link] : links_) link->wire(wiring_for(*link));
    listen_for_replies();
}

void Runtime::listen_for_replies() {
    const bool any = std::any_of(routes_.begin(), routes_.end(), [](const auto& route) {
        const auto& targets = route->settings().to;
        return route->settings().replies &&
               std::any_of(targets.begin(), targets.end(), [](const auto& target) { return !target.link; });
    });
    if (any) replies_.listen_on_bus();
}

Result<void> Runtime::start() {
    if (const auto kept = open_store(); !kept) return kept.error();
    for (const auto& [route, dedupe] : dedupes_) restore(*dedupe, route);
    gateway_.start();
    is_running_ = true;
    for (const auto& [name, link] : links_) link->shard().post([link = link.get()] { link->start(); });
    for (const auto& route : routes_) route->start();
    return listeners_.start();
}

Result<void> Runtime::open_store() {
    if (config_.data_dir.empty() && !config_.store) return {};
    auto engine = config_.store ? store::open_redis(*config_.store, config_.name) : store::open_folder(config_.data_dir);
    if (engine.has_error()) return in_context(config_.store ? "store" : "data_dir", engine.error());
    return gateway_.keep_in(*std::move(engine));
}

void Runtime::drain() {
    if (!is_running_) return;
    is_running_ = false;
    const Instant deadline = Clock::now() + config_.drain;
    listeners_.drain();
    // Clients that don't take their goodbye may not use up the time of the backends.
    const Instant clients_deadline = Clock::now() + config_.drain / 2;
    while (listeners_.has_clients() && Clock::now() < clients_deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    stop_links(deadline);
    gateway_.stop();
}

void Runtime::stop_links(Instant deadline) {
    std::vector<std::future<void>> ends;
    for (const auto& [name, link] : links_) {
        auto ended = std::make_shared<std::promise<void>>();
        ends.push_back(ended->get_future());
        const auto within = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        link->shard().post([link = link.get(), ended, within] {
            boost::asio::co_spawn(link->shard().io(), link->stop(std::max(within, std::chrono::milliseconds(0))),
                                  [ended](const std::exception_ptr&) { ended->set_value(); });
        });
    }
    for (auto& end : ends) end.wait_until(deadline);
}

}  // namespace rialto::bridge
