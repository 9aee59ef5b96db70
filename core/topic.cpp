#include "core/topic.hpp"

#include <algorithm>

namespace rialto {
namespace {

// How many continuation bytes follow `lead`, or nothing where it can't lead.
int continuation_count(unsigned char lead) noexcept {
    if (lead < 0x80) return 0;
    if (lead >= 0xC2 && lead <= 0xDF) return 1;
    if (lead >= 0xE0 && lead <= 0xEF) return 2;
    if (lead >= 0xF0 && lead <= 0xF4) return 3;
    return -1;
}

// The second byte carries what RFC 3629 forbids: overlong forms, surrogates, code points above U+10FFFF.
bool second_byte_fits(unsigned char lead, unsigned char second) noexcept {
    switch (lead) {
        case 0xE0: return second >= 0xA0;
        case 0xED: return second <= 0x9F;
        case 0xF0: return second >= 0x90;
        case 0xF4: return second <= 0x8F;
        default: return true;
    }
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
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while (at != end) {
        const unsigned char lead = *at++;
        if (lead < 0x80) {
            if (lead == 0) return false;
            continue;
        }
        const int more = continuation_count(lead);
        if (more < 0 || end - at < more || !second_byte_fits(lead, *at)) return false;
        for (int i = 0; i < more; ++i) {
            if ((*at++ & 0xC0) != 0x80) return false;
        }
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
