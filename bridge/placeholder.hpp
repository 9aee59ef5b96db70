#pragma once

#include <string>
#include <string_view>

#include "bridge/topic_pattern.hpp"

namespace rialto::bridge {

/// What stands between `{` and `}` in a pattern or template.
struct Placeholder {
    std::string name;      ///< letters, digits, '-' and '_', beginning with a letter or '_'; or digits alone
    bool is_rest = false;  ///< `{name...}`

    bool is_number() const noexcept { return name.front() >= '0' && name.front() <= '9'; }
};

/// @error  the name is none
TextResult<Placeholder> parse_placeholder(std::string_view text);

}  // namespace rialto::bridge
