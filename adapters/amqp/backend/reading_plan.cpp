#include "adapters/amqp/backend/reading_plan.hpp"

#include <algorithm>

namespace rialto::amqp {
namespace {

void settle_only_topic(ReadingPlan::Link& link) {
    const bool is_one = std::all_of(link.filters.begin(), link.filters.end(), [&](const TopicFilter& filter) {
        return !filter.has_wildcard() && filter == link.filters.front();
    });
    if (is_one) link.only_topic = link.filters.front().text();
}

bool asks_for(const ReadingPlan::Link& link, std::string_view topic) noexcept {
    return std::any_of(link.filters.begin(), link.filters.end(),
                       [&](const TopicFilter& filter) { return filter.matches(topic); });
}

}  // namespace

ReadingPlan ReadingPlan::of_patterns(const std::vector<TopicFilter>& filters, const Addressing& addressing) {
    ReadingPlan plan;
    const auto is_first_of_widest = [&](std::size_t index) {
        for (std::size_t other = 0; other < filters.size(); ++other) {
            if (other == index || !contains(filters[other], filters[index])) continue;
            if (!contains(filters[index], filters[other]) || other < index) return false;
        }
        return true;
    };
    for (std::size_t i = 0; i < filters.size(); ++i) {
        if (!is_first_of_widest(i)) continue;
        const std::string address = addressing.source_of(filters[i]);
        // Filters that are too long to be written out may have the same pattern.
        const auto same = std::find_if(plan.links_.begin(), plan.links_.end(),
                                       [&](const Link& link) { return link.address == address; });
        if (same != plan.links_.end()) {
            same->filters.push_back(filters[i]);
        } else {
            plan.links_.push_back({address, filters[i].text(), {filters[i]}, {}});
        }
    }
    for (Link& link : plan.links_) settle_only_topic(link);
    return plan;
}

ReadingPlan ReadingPlan::of_queue(const std::vector<TopicFilter>& filters, std::string address) {
    ReadingPlan plan;
    if (filters.empty()) return plan;
    plan.links_.push_back({std::move(address), "messages", filters, {}});
    settle_only_topic(plan.links_.front());
    return plan;
}

// The first link that asks for the topic gets a copy for certain; copies through later ones are more of the same.
bool ReadingPlan::takes(std::size_t index, std::string_view topic) const noexcept {
    const auto first = std::find_if(links_.begin(), links_.end(), [&](const Link& link) { return asks_for(link, topic); });
    return first != links_.end() && static_cast<std::size_t>(first - links_.begin()) == index;
}

bool contains(const TopicFilter& outer, const TopicFilter& inner) noexcept {
    const bool is_dollar = inner.text().starts_with('$');
    if (is_dollar && (outer.text().starts_with('+') || outer.text().starts_with('#'))) return false;
    Levels outer_levels(outer.text());
    Levels inner_levels(inner.text());
    for (;;) {
        const auto wide = outer_levels.next();
        if (wide == "#") return true;
        const auto narrow = inner_levels.next();
        if (!wide || !narrow) return !wide && !narrow;
        if (narrow == "#") return false;
        if (*wide != "+" && *wide != *narrow) return false;
    }
}

}  // namespace rialto::amqp
