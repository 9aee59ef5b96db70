#include "adapters/redis/glob.hpp"

#include <algorithm>

namespace rialto::redis {
namespace {

/// Matches one character of the pattern, from `at` on, against `c`. `at` is behind it afterwards.
bool matches_one(std::string_view pattern, std::size_t& at, char c) noexcept {
    const char first = pattern[at++];
    if (first == '?') return true;
    if (first == '\\' && at < pattern.size()) return pattern[at++] == c;
    if (first != '[') return first == c;
    const bool is_negated = at < pattern.size() && pattern[at] == '^';
    if (is_negated) ++at;
    bool is_in = false;
    while (at < pattern.size() && pattern[at] != ']') {
        if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
        const char low = pattern[at++];
        if (at + 1 < pattern.size() && pattern[at] == '-') {
            const char high = pattern[at + 1];
            at += 2;
            is_in = is_in || (std::min(low, high) <= c && c <= std::max(low, high));
        } else {
            is_in = is_in || low == c;
        }
    }
    if (at < pattern.size()) ++at;  // the bracket
    return is_in != is_negated;
}

}  // namespace

// As long as there is one star to go back to, a mismatch behind it makes that star take one more character.
bool glob_matches(std::string_view pattern, std::string_view channel) noexcept {
    std::size_t at = 0;
    std::size_t in = 0;
    std::size_t after_star = std::string_view::npos;
    std::size_t star_took_to = 0;
    while (in < channel.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            after_star = ++at;
            star_took_to = in;
            continue;
        }
        if (at < pattern.size() && matches_one(pattern, at, channel[in])) {
            ++in;
            continue;
        }
        if (after_star == std::string_view::npos) return false;
        at = after_star;
        in = ++star_took_to;
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

}  // namespace rialto::redis
