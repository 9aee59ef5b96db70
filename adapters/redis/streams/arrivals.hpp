#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/streams/entry.hpp"
#include "adapters/redis/streams/intake.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "core/topic.hpp"

namespace rialto::redis::streams {

/// Entries of one reply on their way to the intake, in the order in which they were added to their streams, as far as Redis'
/// clock tells. Lives on: one shard.
class Arrivals {
public:
    struct Counters {
        Counter& unmappable;  ///< acknowledged and dropped: the topic is none
        Counter& trimmed;     ///< deleted from the stream before we were done with them
        Counter& echoes;      ///< acknowledged and dropped: we added them ourselves
        Counter& claimed;     ///< taken over from a consumer that left them
    };

    Arrivals(Shard& shard, const Settings& settings, std::vector<TopicFilter> filters, Intake& intake, Counters counters);

    /// @param entry  its identifier and its fields, or no fields where it was deleted
    void add(const std::shared_ptr<const std::string>& key, const redisReply& entry);
    /// The same, from another consumer; entries that are here already are left alone.
    void add_claimed(const std::shared_ptr<const std::string>& key, const redisReply& entry);
    void count_trimmed(std::size_t count) { counters_.trimmed.add(count); }
    /// All of the reply are added: they go to the intake.
    void hand_over();

private:
    bool is_wanted(const Fields& fields);

    Shard& shard_;
    const Settings& settings_;
    const std::vector<TopicFilter> filters_;
    Intake& intake_;
    Counters counters_;
    log::RateLimit unmappable_log_;
    std::vector<Held> arrived_;
};

}  // namespace rialto::redis::streams
