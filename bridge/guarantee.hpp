#pragma once

#include <string>
#include <vector>

#include "bridge/config.hpp"

namespace rialto::bridge {

/// Why a route gives less than "at least once".
struct Weakness {
    std::string place;
    std::string reason;
    SourceRange where;
};

/// All reasons; none: whatever the source was told to be taken reaches every required target, more than once at worst.
std::vector<Weakness> weaknesses_of(const Config& config, const RouteConfig& route);

/// "at least once", or "at most once: " with the reasons.
std::string guarantee_text(const Config& config, const RouteConfig& route);

}  // namespace rialto::bridge
