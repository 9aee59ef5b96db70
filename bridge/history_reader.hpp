#pragma once

#include <vector>

#include "bridge/option_reader.hpp"
#include "core/history/history.hpp"

namespace rialto::bridge {

/// The `[[history]]` tables, and reports everything that is wrong with them. @param node  null where there are none
std::vector<HistoryRule> read_history(const toml::node* node, ReadingContext& context);

}  // namespace rialto::bridge
