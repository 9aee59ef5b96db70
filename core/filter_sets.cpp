#include "core/filter_sets.hpp"

namespace rialto {
namespace {

bool is_wildcard(std::string_view level) noexcept { return level == "+" || level == "#"; }

/// A filter that begins with a wildcard matches no topic that begins with `$` [MQTT-4.7.2-1].
bool is_hidden(std::string_view wildcard, std::string_view level) noexcept {
    return is_wildcard(wildcard) && level.starts_with('$');
}

}  // namespace

bool covers(const TopicFilter& outer, const TopicFilter& inner) noexcept {
    Levels wide(outer.text());
    Levels narrow(inner.text());
    if (is_hidden(first_level(outer.text()), first_level(inner.text()))) return false;
    for (;;) {
        const auto allowed = wide.next();
        const auto wanted = narrow.next();
        if (allowed == "#") return true;  // what comes before it included, where `wanted` has ended
        if (!allowed || !wanted) return !allowed && !wanted;
        if (*wanted == "#" || (*allowed != "+" && *allowed != *wanted)) return false;
    }
}

bool meet(const TopicFilter& a, const TopicFilter& b) noexcept {
    const auto first_of_a = first_level(a.text());
    const auto first_of_b = first_level(b.text());
    if (is_hidden(first_of_a, first_of_b) || is_hidden(first_of_b, first_of_a)) return false;
    Levels left(a.text());
    Levels right(b.text());
    for (;;) {
        const auto one = left.next();
        const auto other = right.next();
        if (one == "#" || other == "#") return true;
        if (!one || !other) return !one && !other;
        if (*one != *other && *one != "+" && *other != "+") return false;
    }
}

}  // namespace rialto
