#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/partition.hpp"
#include "core/log.hpp"

namespace rialto::kafka {

/// Hears how a membership fares.
class MembershipUser : public PartitionUser {
public:
    /// What is published from now on arrives. Said once.
    virtual void on_joined() noexcept = 0;
    /// These partitions are about to be taken away: what was not handed on of them never will be.
    virtual void on_leaving() noexcept = 0;
    virtual void on_membership_lost(Error why) noexcept = 0;

protected:
    ~MembershipUser() = default;
};

/// Our part in a consumer group: which partitions are ours, where each is read from, and up to where it is committed.
///
/// A partition that the group has committed goes on there. Where it has not, the topic is new, and is read from its
/// beginning; only what a group finds when it reads for the very first time is read from its end on. Either way the place is
/// committed as soon as it is known, so that it holds.
///
/// A partition that is taken away is given back when all that was handed on of it is settled, or after a while, and what was
/// settled is committed. Lives on: one shard.
class Membership {
public:
    /// @param knows_group  it read before, so what it has not committed is new
    Membership(Shard& shard, Client& client, const Settings& settings, MembershipUser& user, bool knows_group);
    ~Membership() { fence(); }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

    Result<void> join(const std::vector<std::string>& subscriptions);
    /// These topics are there already, and of them these patterns ask for some or for none. The group is joined when there
    /// are any; until then there is nothing to read.
    void found_topics(std::set<std::string> all, bool any_is_wanted);
    /// Commits, gives all partitions back, and leaves; over when rd_kafka_consumer_closed() says so.
    void leave();
    /// Nothing settles anything any more.
    void fence() noexcept;

    /// Rebalances, commits, committed offsets. @return  false where the event is none of these
    bool handle(rd_kafka_event_t& event);

    /// Null where it is not ours, or not for long.
    Partition* find(std::string_view topic, std::int32_t number);
    /// Kafka says that the next offset will be this.
    void reached_end(std::string_view topic, std::int32_t number, std::int64_t offset);
    /// Something of the partition was read or settled.
    void progressed();

private:
    using Key = std::pair<std::string, std::int32_t>;
    using Partitions = std::map<Key, Ref<Partition>, std::less<>>;

    void on_rebalance(rd_kafka_event_t& event);
    /// Those of `revoked` that were ours; of the others it is not asked any more where they are read from.
    PartitionList without_assigning(const rd_kafka_topic_partition_list_t& revoked);
    void look_up();
    void on_looked_up(rd_kafka_event_t& event);
    void assign(const rd_kafka_topic_partition_list_t& committed);
    void take(rd_kafka_topic_partition_t& assigned);
    void say_if_joined();

    void revoke(const rd_kafka_topic_partition_list_t& revoked);
    void continue_revoking();
    void give_back();
    void on_overdue();
    std::size_t open_of_leaving() const;

    enum class Which : std::uint8_t { all, leaving };
    bool is_dirty(Which which) const;
    /// @return  whether an answer is to come
    bool commit();
    void on_committed(rd_kafka_event_t& event);

    bool is_cooperative() const;
    void fail_if(rd_kafka_error_t* error, std::string_view doing);

    Shard& shard_;
    Client& client_;
    const Settings& settings_;
    MembershipUser& user_;
    Partitions partitions_;
    bool knows_group_;
    bool was_assigned_ = false;
    bool has_nothing_yet_ = false;
    bool is_joined_ = false;
    bool is_leaving_ = false;

    std::optional<std::set<std::string>> old_topics_;  ///< those that were there when we came
    /// Waits for its committed offsets. The library joins anew before it is told that they are taken, and then names those of
    /// the next time only, so they add up.
    PartitionList assigning_;
    std::uintptr_t lookup_ = 0;  ///< number of the latest look-up

    PartitionList revoking_;
    Timer revoke_timer_;
    bool is_overdue_ = false;

    Timer commit_timer_;
    Instant last_commit_{};
    bool is_committing_ = false;
    log::RateLimit commit_log_;
};

}  // namespace rialto::kafka
