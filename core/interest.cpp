#include "core/interest.hpp"

namespace rialto {

void Interest::count(std::size_t shard, const TopicFilter& filter, int step) {
    std::string_view level = first_level(filter.text());
    if (level == "#") level = "+";
    const std::lock_guard lock(mutex_);
    auto found = levels_.find(level);
    if (found == levels_.end()) found = levels_.emplace(level, Level{}).first;
    Level& entry = found->second;
    if (entry.subscriptions.size() <= shard) entry.subscriptions.resize(shard + 1);
    const auto before = entry.subscriptions[shard];
    entry.subscriptions[shard] = static_cast<std::uint32_t>(static_cast<int>(before) + step);
    const auto after = entry.subscriptions[shard];
    if ((before == 0) == (after == 0)) return;
    entry.shards ^= ShardSet{1} << shard;
    if (entry.shards == 0) levels_.erase(found);
    touch();
}

ShardSet Interest::shards_for(std::string_view topic) const {
    const std::lock_guard lock(mutex_);
    ShardSet shards = 0;
    if (const auto named = levels_.find(first_level(topic)); named != levels_.end()) shards = named->second.shards;
    if (topic.starts_with('$')) return shards;
    if (const auto wildcard = levels_.find("+"); wildcard != levels_.end()) shards |= wildcard->second.shards;
    return shards;
}

}  // namespace rialto
