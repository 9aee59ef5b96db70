#include "core/topic.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace rialto {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
constexpr std::uint64_t low_bits = 0x0101010101010101ULL;

/// True when all eight bytes are ASCII and none is zero.
bool is_plain(const char* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return ((word | (word - low_bits)) & high_bits) == 0;
}

bool is_continuation(unsigned char byte) noexcept {
    return (byte & 0xC0U) == 0x80U;
}

/// The length of the well-formed sequence that starts at `at`, or 0. Unicode 15, table 3-7.
std::size_t sequence_length(const unsigned char* at, std::size_t left) noexcept {
    const unsigned char lead = at[0];
    if (lead < 0x80) return lead != 0 ? 1 : 0;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    if (lead < 0xE0) return left >= 2 && is_continuation(at[1]) ? 2 : 0;
    if (lead < 0xF0) {
        if (left < 3 || !is_continuation(at[1]) || !is_continuation(at[2])) return 0;
        const bool overlong = lead == 0xE0 && at[1] < 0xA0;
        const bool surrogate = lead == 0xED && at[1] >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (left < 4 || !is_continuation(at[1]) || !is_continuation(at[2]) || !is_continuation(at[3])) return 0;
    const bool overlong = lead == 0xF0 && at[1] < 0x90;
    const bool beyond = lead == 0xF4 && at[1] >= 0x90;
    return overlong || beyond ? 0 : 4;
}

std::string quoted(std::string_view text) {
    constexpr std::size_t shown = 80;
    std::string out = "'";
    out += text.substr(0, shown);
    out += text.size() > shown ? "…'" : "'";
    return out;
}

Result<void> check_size(std::string_view text, const char* what) {
    if (text.empty()) return fail(Errc::invalid, std::string(what) + " is empty");
    if (text.size() > max_topic_size) {
        return fail(Errc::over_limit, std::string(what) + " has " + std::to_string(text.size()) +
                                          " bytes, more than " + std::to_string(max_topic_size));
    }
    const auto levels = static_cast<std::size_t>(std::count(text.begin(), text.end(), '/')) + 1;
    if (levels > max_topic_levels) {
        return fail(Errc::over_limit, std::string(what) + " has " + std::to_string(levels) + " levels, more than " +
                                          std::to_string(max_topic_levels));
    }
    if (!is_utf8_text(text)) return fail(Errc::invalid, std::string(what) + " is not UTF-8 text without NUL");
    return {};
}

Result<bool> check_wildcards(std::string_view filter) {
    bool found = false;
    Levels levels(filter);
    bool after_hash = false;
    while (auto level = levels.next()) {
        if (after_hash) return fail(Errc::invalid, "'#' is not the last level of " + quoted(filter));
        if (level->find_first_of("+#") == std::string_view::npos) continue;
        if (level->size() != 1) {
            return fail(Errc::invalid, "a wildcard shares a level with other characters in " + quoted(filter));
        }
        found = true;
        after_hash = *level == "#";
    }
    return found;
}

}  // namespace

bool is_utf8_text(std::string_view text) noexcept {
    const char* at = text.data();
    std::size_t left = text.size();
    while (left != 0) {
        if (left >= 8 && is_plain(at)) {
            at += 8;
            left -= 8;
            continue;
        }
        const std::size_t length = sequence_length(reinterpret_cast<const unsigned char*>(at), left);
        if (length == 0) return false;
        at += length;
        left -= length;
    }
    return true;
}

Result<void> check_topic(std::string_view topic) {
    if (auto ok = check_size(topic, "the topic"); !ok) return ok;
    if (topic.find_first_of("+#") != std::string_view::npos) {
        return fail(Errc::invalid, "the topic " + quoted(topic) + " contains a wildcard");
    }
    return {};
}

Result<TopicFilter> TopicFilter::parse(std::string_view text) {
    if (auto ok = check_size(text, "the topic filter"); !ok) return ok.error();
    std::string_view group;
    constexpr std::string_view share = "$share/";
    std::string_view filter = text;
    if (text.starts_with(share)) {
        const auto rest = text.substr(share.size());
        const auto slash = rest.find('/');
        group = rest.substr(0, slash);
        if (slash == std::string_view::npos || group.empty() || slash + 1 == rest.size()) {
            return fail(Errc::invalid, "a shared subscription is $share/GROUP/FILTER, not " + quoted(text));
        }
        if (group.find_first_of("+#") != std::string_view::npos) {
            return fail(Errc::invalid, "the group in " + quoted(text) + " contains a wildcard");
        }
        filter = rest.substr(slash + 1);
    }
    auto wildcard = check_wildcards(filter);
    if (!wildcard) return wildcard.error();
    return TopicFilter(std::string(filter), std::string(group), *wildcard);
}

bool TopicFilter::matches(std::string_view topic) const noexcept {
    if (!has_wildcard_) return text_ == topic;
    if (topic.starts_with('$') && (text_[0] == '+' || text_[0] == '#')) return false;
    Levels wanted(text_);
    Levels given(topic);
    while (auto want = wanted.next()) {
        if (*want == "#") return true;  // what is left may be nothing: "a/#" matches "a"
        const auto level = given.next();
        if (!level || (*want != "+" && *want != *level)) return false;
    }
    return !given.next();
}

}  // namespace rialto
