#include "adapters/redis/subscriptions.hpp"

#include <algorithm>
#include <utility>

namespace rialto::redis {
namespace {

constexpr std::string_view special = "*?[]\\^-";

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
}

/// What "a/#" asks for beside what is below it: "a". Nothing for "#", and for "/#", whose parent is no topic.
std::optional<TopicFilter> parent_of(const TopicFilter& filter) {
    const std::string_view text = filter.text();
    if (!text.ends_with("/#") || text.size() == 2) return std::nullopt;
    return TopicFilter::parse(text.substr(0, text.size() - 2)).value();
}

constexpr int star = -1;

/// A pattern as stars and characters.
std::vector<int> tokens_of(std::string_view pattern) {
    std::vector<int> tokens;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] == '*') {
            tokens.push_back(star);
            continue;
        }
        if (pattern[at] == '\\') ++at;
        tokens.push_back(static_cast<unsigned char>(pattern[at]));
    }
    return tokens;
}

void drop_repeats(std::vector<std::string>& texts) {
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace

std::string glob_of(const TopicFilter& filter) {
    std::string out;
    Levels levels(filter.text());
    bool is_first = true;
    while (const auto level = levels.next()) {
        if (!std::exchange(is_first, false)) out += '/';
        if (*level == "+" || *level == "#") {
            out += '*';
        } else {
            append_escaped(out, *level);
        }
    }
    return out;
}

// A star of the outer pattern stands for any run of the inner one's stars and characters; nothing else stands for a star.
bool glob_contains(std::string_view outer, std::string_view inner) {
    const std::vector<int> inner_tokens = tokens_of(inner);
    std::vector<bool> reachable(inner_tokens.size() + 1, false);  // ends of what the outer pattern so far can stand for
    reachable[0] = true;
    for (const int token : tokens_of(outer)) {
        if (token == star) {
            const auto first = std::find(reachable.begin(), reachable.end(), true);
            std::fill(first, reachable.end(), true);
            continue;
        }
        for (std::size_t end = inner_tokens.size(); end > 0; --end) {
            reachable[end] = reachable[end - 1] && inner_tokens[end - 1] == token;
        }
        reachable[0] = false;
    }
    return reachable.back();
}

Subscriptions::Subscriptions(std::vector<TopicFilter> filters) : filters_(std::move(filters)) {
    const auto subscribe = [this](const TopicFilter& filter) {
        filter.has_wildcard() ? patterns_.push_back(glob_of(filter)) : channels_.push_back(filter.text());
    };
    for (const TopicFilter& filter : filters_) {
        subscribe(filter);
        if (const auto parent = parent_of(filter)) subscribe(*parent);
    }
    drop_repeats(channels_);
    drop_repeats(patterns_);
    drop_contained();
}

// A pattern that another one contains would bring nothing but copies. The same stars and characters are never written in
// two ways, so two patterns that are not equal do not contain each other.
void Subscriptions::drop_contained() {
    std::vector<std::string> kept;
    for (const std::string& pattern : patterns_) {
        const bool is_contained = std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& other) {
            return other != pattern && glob_contains(other, pattern);
        });
        if (!is_contained) kept.push_back(pattern);
    }
    patterns_ = std::move(kept);
    std::erase_if(channels_, [&](const std::string& channel) {
        return std::any_of(patterns_.begin(), patterns_.end(),
                           [&](const std::string& pattern) { return glob_matches(pattern, channel); });
    });
}

bool Subscriptions::takes(std::string_view channel, std::optional<std::string_view> pattern) const noexcept {
    const auto matches_channel = [&](const std::string& glob) { return glob_matches(glob, channel); };
    const bool is_named = std::binary_search(channels_.begin(), channels_.end(), channel);
    if (pattern) {
        if (is_named) return false;
        const auto first = std::find_if(patterns_.begin(), patterns_.end(), matches_channel);
        if (first == patterns_.end() || *first != *pattern) return false;
    }
    return std::any_of(filters_.begin(), filters_.end(),
                       [&](const TopicFilter& filter) { return filter.matches(channel); });
}

}  // namespace rialto::redis
