#pragma once

#include "core/topic.hpp"

namespace rialto {

/// Whether every topic that `inner` matches is matched by `outer` too. Groups do not count.
bool covers(const TopicFilter& outer, const TopicFilter& inner) noexcept;

/// Whether some topic is matched by both.
bool meet(const TopicFilter& a, const TopicFilter& b) noexcept;

}  // namespace rialto
