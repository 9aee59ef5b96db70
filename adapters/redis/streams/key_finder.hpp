#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "adapters/redis/streams/caller.hpp"
#include "core/log.hpp"
#include "core/topic.hpp"

namespace rialto::redis::streams {

/// Finds the streams that wildcards ask for, by SCAN. Lives on: one shard.
class KeyFinder {
public:
    using Keys = std::set<std::string, std::less<>>;
    using OnFound = std::function<void(Result<Keys>)>;

    KeyFinder(Caller& caller, std::vector<TopicFilter> filters);
    /// There is only this one, and nothing to look for.
    KeyFinder(Caller& caller, const std::string& key) : caller_(caller), exact_{key} {}

    /// Keys of filters without a wildcard: known without looking.
    const Keys& exact() const noexcept { return exact_; }
    /// Whether there is anything to look for.
    bool has_wildcards() const noexcept { return scans_; }
    /// Looks once through all keys. `on_found` hears of those that hold streams and match a filter, the exact ones aside; of
    /// nothing where the connection is lost meanwhile. @pre is_looking() is false
    void look(OnFound on_found);
    bool is_looking() const noexcept { return on_found_ != nullptr; }
    /// The connection is gone, or a new one: nothing is under way.
    void reset() noexcept { on_found_ = nullptr; }

private:
    void scan(std::string_view cursor);
    void on_scanned(const redisReply& reply);
    void look_at_names();
    void take(std::string_view key);
    void finish(Result<Keys> result);

    Caller& caller_;
    std::vector<TopicFilter> filters_;
    Keys exact_;
    std::vector<std::string> names_;  ///< of "a/#" beside its pattern: "a"
    std::string pattern_;             ///< empty: several, and all streams are looked at
    bool scans_ = false;
    Keys found_;
    Keys no_topics_;  ///< told of already
    std::size_t unnamed_ = 0;
    OnFound on_found_;
};

}  // namespace rialto::redis::streams
