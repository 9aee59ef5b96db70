#include "adapters/mqtt/subscription_plan.hpp"

#include <algorithm>

#include "core/filter_sets.hpp"

namespace rialto::mqtt {
namespace {

constexpr std::uint32_t most_identifiers = 268'435'455;  // section 3.8.2.1.2; 0 is none

// FNV-1a, so that an identifier means the same filter to a session that outlives this process.
std::uint32_t identifier_of(std::string_view filter) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : filter) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return static_cast<std::uint32_t>(hash % most_identifiers) + 1;
}

/// A shared subscription and one of our own have nothing to do with each other, nor have two groups.
bool are_alike(const TopicFilter& a, const TopicFilter& b) noexcept { return a.group() == b.group(); }

void drop_contained(std::vector<TopicFilter>& filters) {
    std::vector<TopicFilter> kept;
    for (std::size_t i = 0; i < filters.size(); ++i) {
        const auto makes_it_needless = [&](std::size_t other) {
            if (other == i || !contains(filters[other], filters[i])) return false;
            return !contains(filters[i], filters[other]) || other < i;  // of two that are the same, the first
        };
        bool is_needless = false;
        for (std::size_t other = 0; other < filters.size(); ++other) is_needless = is_needless || makes_it_needless(other);
        if (!is_needless) kept.push_back(filters[i]);
    }
    filters = std::move(kept);
}

/// Joins one pair that overlaps. @return false where there is none
bool join_two(std::vector<TopicFilter>& filters) {
    for (std::size_t i = 0; i < filters.size(); ++i) {
        for (std::size_t other = i + 1; other < filters.size(); ++other) {
            if (!overlap(filters[i], filters[other])) continue;
            filters[i] = join(filters[i], filters[other]);
            filters.erase(filters.begin() + static_cast<std::ptrdiff_t>(other));
            return true;
        }
    }
    return false;
}

}  // namespace

bool contains(const TopicFilter& outer, const TopicFilter& inner) noexcept { return are_alike(outer, inner) && covers(outer, inner); }

bool overlap(const TopicFilter& a, const TopicFilter& b) noexcept { return are_alike(a, b) && meet(a, b); }

TopicFilter join(const TopicFilter& a, const TopicFilter& b) {
    std::string text = a.is_shared() ? "$share/" + a.group() + "/" : std::string();
    Levels left(a.text());
    Levels right(b.text());
    for (bool is_first = true;; is_first = false) {
        const auto one = left.next();
        const auto other = right.next();
        if (!one && !other) break;
        if (!is_first) text += '/';
        const bool is_open = !one || !other || *one == "#" || *other == "#";
        text += is_open ? "#" : *one == *other ? *one : "+";
        if (is_open) break;
    }
    return TopicFilter::parse(text).value();
}

SubscriptionPlan::SubscriptionPlan(std::vector<TopicFilter> filters, Copies copies) : filters_(std::move(filters)) {
    std::vector<TopicFilter> subscribed = filters_;
    drop_contained(subscribed);
    if (copies == Copies::joined) {
        while (join_two(subscribed)) drop_contained(subscribed);
    }
    for (TopicFilter& filter : subscribed) {
        const std::uint32_t identifier = identifier_of(filter.full_text());
        entries_.push_back({std::move(filter), identifier});
    }
}

bool SubscriptionPlan::takes(std::string_view topic, std::span<const std::uint32_t> identifiers) const noexcept {
    const auto is_named = [&](const Entry& entry) {
        return std::find(identifiers.begin(), identifiers.end(), entry.identifier) != identifiers.end();
    };
    if (std::any_of(entries_.begin(), entries_.end(), is_named)) {
        // Of all copies it is the one of the first subscription that has sent one.
        const auto first = std::find_if(entries_.begin(), entries_.end(),
                                        [&](const Entry& entry) { return entry.filter.matches(topic); });
        if (first != entries_.end() && !is_named(*first)) return false;
    }
    return std::any_of(filters_.begin(), filters_.end(),
                       [&](const TopicFilter& filter) { return filter.matches(topic); });
}

}  // namespace rialto::mqtt
