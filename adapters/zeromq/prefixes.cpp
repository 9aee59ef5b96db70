#include "adapters/zeromq/prefixes.hpp"

#include <algorithm>

namespace rialto::zeromq {
namespace {

/// "a/+/c" is "a/", "a/#" is "a", because it asks for "a" too, and "#" is "".
std::string prefix_of(const TopicFilter& filter) {
    std::string_view text = filter.text();
    if (filter.has_wildcard()) {
        std::size_t at = 0;  // wildcards stand alone in their level
        Levels levels(text);
        while (const auto level = levels.next()) {
            if (*level == "+") break;
            if (*level == "#") {
                if (at > 1) --at;  // the slash before it; "/#" has a parent that is no topic
                break;
            }
            at += level->size() + 1;
        }
        text = text.substr(0, at);
    }
    return std::string(text.substr(0, max_prefix_size));
}

}  // namespace

std::vector<std::string> prefixes_of(std::span<const TopicFilter> filters) {
    std::vector<std::string> all;
    for (const TopicFilter& filter : filters) all.push_back(prefix_of(filter));
    std::sort(all.begin(), all.end());
    std::vector<std::string> kept;  // whatever begins with a prefix stands right behind it
    for (std::string& prefix : all) {
        if (kept.empty() || !prefix.starts_with(kept.back())) kept.push_back(std::move(prefix));
    }
    return kept;
}

}  // namespace rialto::zeromq
