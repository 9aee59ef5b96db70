#include "adapters/redis/streams/arrivals.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/resp.hpp"

namespace rialto::redis::streams {

Arrivals::Arrivals(Shard& shard, const Settings& settings, std::vector<TopicFilter> filters, Intake& intake, Counters counters)
    : shard_(shard), settings_(settings), filters_(std::move(filters)), intake_(intake), counters_(counters) {}

void Arrivals::add(const std::shared_ptr<const std::string>& key, const redisReply& entry) {
    const auto parts = elements_of(entry);
    const auto id = parts.size() == 2 ? EntryId::parse(text_of(*parts[0])) : std::nullopt;
    if (!id) return;
    if (parts[1]->type != REDIS_REPLY_ARRAY) {
        counters_.trimmed.add();
        return intake_.acknowledge(*key, *id);
    }
    Fields fields = read_fields(*key, elements_of(*parts[1]), settings_);
    if (!is_wanted(fields)) return intake_.acknowledge(*key, *id);
    arrived_.push_back({key, *id, message_from(std::move(fields)), shard_.now()});
}

void Arrivals::add_claimed(const std::shared_ptr<const std::string>& key, const redisReply& entry) {
    const auto parts = elements_of(entry);
    const auto id = parts.empty() ? std::nullopt : EntryId::parse(text_of(*parts[0]));
    if (!id || intake_.holds(*key, *id)) return;
    counters_.claimed.add();
    add(key, entry);
}

bool Arrivals::is_wanted(const Fields& fields) {
    if (fields.writer == settings_.consumer) {
        counters_.echoes.add();
        return false;
    }
    if (!settings_.is_one_stream()) return true;  // its key was looked at
    if (const auto is_topic = check_topic(fields.topic); !is_topic) {
        counters_.unmappable.add();
        if (const auto held = unmappable_log_.pass()) {
            log::warn("message dropped", {{"reason", "its topic is none: " + is_topic.error().message},
                                          {"more", std::to_string(*held)}});
        }
        return false;
    }
    return std::any_of(filters_.begin(), filters_.end(), [&](const TopicFilter& filter) { return filter.matches(fields.topic); });
}

void Arrivals::hand_over() {
    std::stable_sort(arrived_.begin(), arrived_.end(), [](const Held& a, const Held& b) { return a.id < b.id; });
    for (Held& entry : std::exchange(arrived_, {})) intake_.take(std::move(entry));
    intake_.hand_on();
}

}  // namespace rialto::redis::streams
