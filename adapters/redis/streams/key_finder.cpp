#include "adapters/redis/streams/key_finder.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/subscriptions.hpp"

namespace rialto::redis::streams {

KeyFinder::KeyFinder(Caller& caller, std::vector<TopicFilter> filters) : caller_(caller), filters_(std::move(filters)) {
    for (const TopicFilter& filter : filters_) {
        if (!filter.has_wildcard()) exact_.insert(filter.text());
    }
    const Subscriptions subscriptions(filters_);
    for (const std::string& channel : subscriptions.channels()) {
        if (!exact_.contains(channel)) names_.push_back(channel);
    }
    scans_ = !subscriptions.patterns().empty();
    if (subscriptions.patterns().size() == 1) pattern_ = subscriptions.patterns().front();
}

void KeyFinder::look(OnFound on_found) {
    on_found_ = std::move(on_found);
    found_.clear();
    scan("0");
}

void KeyFinder::scan(std::string_view cursor) {
    std::vector<std::string_view> words{"SCAN", cursor, "TYPE", "stream", "COUNT", "1000"};
    if (!pattern_.empty()) words.insert(words.end(), {"MATCH", pattern_});
    caller_.call(words, [this](const redisReply& reply) { on_scanned(reply); });
}

void KeyFinder::on_scanned(const redisReply& reply) {
    const auto parts = elements_of(reply);
    if (parts.size() != 2) return finish(error_from("looking for streams", reply));
    for (const redisReply* const key : elements_of(*parts[1])) take(text_of(*key));
    const std::string_view cursor = text_of(*parts[0]);
    cursor == "0" ? look_at_names() : scan(cursor);
}

void KeyFinder::take(std::string_view key) {
    if (exact_.contains(key) || found_.contains(key)) return;
    if (!check_topic(key)) {
        if (!no_topics_.emplace(key).second) return;
        log::warn("stream left out", {{"reason", "its key is no topic"}, {"key", std::string(key)}});
        return;
    }
    const auto asks_for_it = [&](const TopicFilter& filter) { return filter.matches(key); };
    if (std::any_of(filters_.begin(), filters_.end(), asks_for_it)) found_.emplace(key);
}

void KeyFinder::look_at_names() {
    if (names_.empty()) return finish(std::exchange(found_, {}));
    unnamed_ = names_.size();
    for (const std::string& name : names_) {
        caller_.call({"TYPE", name}, [this, &name](const redisReply& reply) {
            if (text_of(reply) == "stream") take(name);
            if (--unnamed_ == 0) finish(std::exchange(found_, {}));
        });
    }
}

void KeyFinder::finish(Result<Keys> result) { std::exchange(on_found_, nullptr)(std::move(result)); }

}  // namespace rialto::redis::streams
