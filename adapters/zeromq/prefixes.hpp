#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/topic.hpp"

namespace rialto::zeromq {

/// Longer subscriptions are damaged on the way by libzmq before 4.3.5; a shorter one asks for more, which the filter sorts
/// out.
inline constexpr std::size_t max_prefix_size = 245;

/// The beginnings of topics to subscribe to so that everything that the filters want comes: the smallest superset that
/// ZeroMQ can express, sorted, none of which contains another.
std::vector<std::string> prefixes_of(std::span<const TopicFilter> filters);

}  // namespace rialto::zeromq
