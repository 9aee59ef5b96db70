#include "bridge/guarantee.hpp"

#include <algorithm>

#include "bridge/losses.hpp"
#include "core/units.hpp"

namespace rialto::bridge {
namespace {

/// The targets that the source does not wait for.
std::string left_out(const RouteConfig& route) {
    std::string text;
    for (const RouteTarget& target : route.to) {
        if (!target.is_required) text += (text.empty() ? ", but not waiting for " : ", ") + target.place;
    }
    return text;
}

/// What its spool may drop.
std::string limits_of(const SpoolConfig& spool) {
    std::string text = size_text(spool.max_bytes);
    if (spool.max_age.count() > 0) text += ", " + duration_text(spool.max_age);
    switch (spool.when_full) {
        case SpoolConfig::WhenFull::block: return text + ", then sources wait";
        case SpoolConfig::WhenFull::drop_oldest: return text + ", then the oldest are dropped";
        case SpoolConfig::WhenFull::drop_newest: return text + ", then the newest are dropped";
    }
    return text;
}

/// The targets whose messages wait on disk.
std::string spools_of(const Config& config, const RouteConfig& route) {
    std::string text;
    for (const RouteTarget& target : route.to) {
        const EndpointConfig* const backend = config.find_backend(target.place);
        const auto spool = backend ? spool_of(*backend) : std::nullopt;
        if (spool) text += "; what " + target.place + " can't take now waits on disk (" + limits_of(*spool) + ")";
    }
    return text;
}

std::string or_else(const std::string& reason, const char* otherwise) { return reason.empty() ? otherwise : reason; }

}  // namespace

std::vector<Weakness> weaknesses_of(const Config& config, const RouteConfig& route) {
    std::vector<Weakness> found;
    for (const RouteSource& source : route.from) {
        const EndpointConfig* const backend = config.find_backend(source.place);
        if (!backend) continue;
        const Abilities can = abilities_of(*backend);
        if (can.holds_unsettled) continue;
        found.push_back({source.place, or_else(can.weakest_reading, "it does not keep what it sent until it is acknowledged"),
                         source.where});
    }
    const bool waits = std::any_of(route.to.begin(), route.to.end(), [](const RouteTarget& target) { return target.is_required; });
    for (const RouteTarget& target : route.to) {
        if (!waits) found.push_back({target.place, "nothing waits for it, as 'required' leaves it out", target.where});
        const EndpointConfig* const backend = config.find_backend(target.place);
        if (!backend || !target.is_required) continue;
        const Abilities can = abilities_of(*backend);
        if (can.confirms && can.weakest_writing.empty()) continue;
        found.push_back({target.place, or_else(can.weakest_writing, "it does not confirm what it took"), target.where});
    }
    if (route.dead_letter) {
        const EndpointConfig* const backend = config.find_backend(route.dead_letter->place);
        if (backend && !abilities_of(*backend).confirms) {
            found.push_back({route.dead_letter->place, "it does not confirm dead letters", route.dead_letter->where});
        }
    }
    return found;
}

std::string guarantee_text(const Config& config, const RouteConfig& route) {
    if (route.delivery == Delivery::at_most_once) return "at most once, as the route asks";
    const auto weaknesses = weaknesses_of(config, route);
    if (weaknesses.empty()) return "at least once" + left_out(route) + spools_of(config, route);
    std::string text = "at most once";
    for (std::size_t i = 0; i < weaknesses.size(); ++i) {
        text += (i == 0 ? ": " : "; ") + weaknesses[i].place + " – " + weaknesses[i].reason;
    }
    return text + spools_of(config, route);
}

}  // namespace rialto::bridge
