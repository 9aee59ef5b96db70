#include "bridge/route_plan.hpp"

#include <algorithm>
#include <cassert>

#include "bridge/losses.hpp"

namespace rialto::bridge {
namespace {

Route::Rewrite rewrite_for(const std::shared_ptr<const TopicPattern>& pattern, TopicTemplate::Bound topic) {
    return [pattern, topic = std::move(topic)](std::string_view source) -> std::optional<std::string> {
        static thread_local Captures captures;
        if (!pattern->match(source, captures)) return std::nullopt;
        std::string target;
        topic.expand(source, captures, target);
        return target;
    };
}

Route::Pattern pattern_for(const RouteConfig& config, const RouteSource& source) {
    const auto pattern = std::make_shared<const TopicPattern>(source.pattern);
    Route::Pattern out{source.place, nullptr, pattern->filter(), {}, {}};
    if (pattern->is_narrower_than_filter()) {
        out.accepts = [pattern](std::string_view topic) {
            static thread_local Captures captures;
            return pattern->match(topic, captures);
        };
    }
    for (const RouteTarget& target : config.to) {
        auto bound = target.topic.bind(source.pattern, config.name, source.place);
        out.rewrites.push_back(rewrite_for(pattern, std::move(bound).value()));  // was bound once when it was read
    }
    return out;
}

Route::Rewrite dead_topic_for(const RouteConfig& config, const RouteSource& source) {
    auto bound = config.dead_letter->topic.bind(source.pattern, config.name, source.place);
    return rewrite_for(std::make_shared<const TopicPattern>(source.pattern), std::move(bound).value());
}

Route::Retain retain_for(RetainPolicy policy) {
    if (policy == RetainPolicy::set) return Route::Retain::set;
    return policy == RetainPolicy::clear ? Route::Retain::clear : Route::Retain::keep;
}

}  // namespace

Route::Settings route_settings(const RouteConfig& config, const FindLink& find_link, ReplyDesk& replies) {
    const auto link_of = [&](const std::string& place) { return place == bus_place ? nullptr : find_link(place); };
    Route::Settings settings;
    settings.name = config.name;
    settings.retain = retain_for(config.retain);
    settings.replies = config.brings_replies ? &replies : nullptr;
    settings.order = config.order;
    settings.max_attempts = config.max_attempts;
    if (config.dead_letter) settings.dead_letter = Route::Target{config.dead_letter->place, link_of(config.dead_letter->place)};
    for (const RouteSource& source : config.from) {
        settings.from.push_back(pattern_for(config, source));
        settings.from.back().link = link_of(source.place);
        if (config.dead_letter) settings.dead_topics.push_back(dead_topic_for(config, source));
    }
    for (const RouteTarget& target : config.to) {
        settings.to.push_back({target.place, link_of(target.place), target.is_required});
    }
    return settings;
}

Result<std::unique_ptr<Link>> make_link(Gateway& gateway, const EndpointConfig& endpoint, Shard& shard) {
    auto backend = make_backend(gateway, endpoint, shard);
    if (backend.has_error()) return backend.error();
    Outlet::Limits limits;
    limits.unacknowledged_messages = static_cast<std::size_t>(endpoint.options.integer("queue_messages"));
    limits.unacknowledged_bytes = static_cast<std::size_t>(endpoint.options.size("queue_bytes"));
    Envelope envelope(envelope_form_of(endpoint), gateway.name());
    return std::make_unique<Link>(gateway, shard, endpoint.name, std::move(*backend), limits, std::move(envelope),
                                  spool_of(endpoint));
}

Result<std::unique_ptr<Backend>> make_backend(Gateway& gateway, const EndpointConfig& endpoint, Shard& shard) {
    return find_adapter(gateway, endpoint).make_backend(endpoint.backend_settings(), shard);
}

bool can_exchange(const EndpointConfig& now, const EndpointConfig& wanted) {
    return now.options.integer("queue_messages") == wanted.options.integer("queue_messages") &&
           now.options.size("queue_bytes") == wanted.options.size("queue_bytes") &&
           envelope_form_of(now) == envelope_form_of(wanted) && spool_of(now) == spool_of(wanted);
}

Adapter& find_adapter(Gateway& gateway, const EndpointConfig& endpoint) {
    const auto& adapters = gateway.adapters();
    const auto found = std::find_if(adapters.begin(), adapters.end(),
                                    [&](const auto& adapter) { return adapter->name() == endpoint.adapter->name(); });
    assert(found != adapters.end());
    return **found;
}

}  // namespace rialto::bridge
