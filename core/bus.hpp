#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/history/history.hpp"
#include "core/interest.hpp"
#include "core/retained.hpp"
#include "core/shared_groups.hpp"
#include "core/subscriber.hpp"
#include "core/topic_tree.hpp"

namespace rialto {

class Bus;
class Shard;

namespace store {
class HistoryKeeper;
class RetainedKeeper;
}

/// What the shards' parts of the bus have in common. @thread any, after the last bus was added
struct BusCommons {
    Interest interest;
    RetainedMessages retained;
    History history;
    std::size_t numbering_shard = 0;  ///< whose bus appends to the history
    SharedGroups groups{interest};
    std::vector<Bus*> buses;  ///< by shard index
};

/// One shard's part of the gateway's topic tree: matches what is published here against the subscribers here, and hands
/// it in batches to the shards that may have others. Lives on: one shard; every call comes from it.
///
/// Order: messages that one client publishes on one topic reach each subscriber in that order. Those that the history keeps
/// pass one shard's bus, so that they reach every subscriber in the order of their numbers.
class Bus {
public:
    Bus(Shard& shard, BusCommons& commons);
    ~Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    /// Hands `message` to all subscribers, keeps it where it is retained, and settles this share of `receipt` as
    /// accepted; the receipt's settler hears when every taker has settled too. Never blocks, never throws.
    /// @return whether anybody may have been interested: a subscriber here, or another shard that has some
    bool publish(const MessagePtr& message, Receipt receipt);

    /// Adds or replaces a subscription. Messages published anywhere after this call are delivered.
    /// @return true where it is new
    bool subscribe(Subscriber& subscriber, const TopicFilter& filter, const SubscriptionOptions& options);

    /// @return false where there was no such subscription
    bool unsubscribe(Subscriber& subscriber, const TopicFilter& filter);

    /// Delivers the retained messages that `filter` matches to one subscriber. A shared subscription gets none
    /// [MQTT5 4.8.2]. @param limit  at most so many  @return how many there were to send
    std::size_t replay_retained(Subscriber& subscriber, const TopicFilter& filter, const SubscriptionOptions& options,
                                std::size_t limit = SIZE_MAX);

    /// Says whether a member of shared groups takes messages now (connected, with room in its window).
    void set_ready(Subscriber& subscriber, const TopicFilter& filter, bool ready);

    /// Gives a message that a member of a shared group could not finish to another member. Without one it is dropped, as
    /// a publish without subscribers is, and the receipt settles as accepted.
    void hand_back(const TopicFilter& filter, const MessagePtr& message, Receipt receipt, ClientNumber except);

    /// The last values of topics; any shard's bus gives the same.
    RetainedMessages& retained() noexcept { return commons_.retained; }

    /// Retained messages are kept by it from now on, and publishers hear when they are. Before the shard runs.
    void keep_retained_in(store::RetainedKeeper& keeper) noexcept { keeper_ = &keeper; }

    /// The last messages of some topics; any shard's bus gives the same.
    History& history() noexcept { return commons_.history; }

    /// The history is kept by it from now on, likewise. Only at the bus of the shard that numbers.
    void keep_history_in(store::HistoryKeeper& keeper) noexcept { history_keeper_ = &keeper; }

    /// Whether another shard has so much unread mail from here that reading from publishers should wait.
    bool is_congested() const noexcept;

    std::size_t subscription_count() const noexcept { return tree_.size(); }

private:
    struct Entry {
        Subscriber* subscriber;
        SubscriptionOptions options;
        friend bool operator==(const Entry& a, const Entry& b) noexcept { return a.subscriber == b.subscriber; }
    };
    /// All that one subscriber's matching subscriptions say together.
    struct Taker {
        Subscriber* subscriber;
        Qos max_qos;
        bool no_local;
        bool retain_as_published;
        std::vector<std::uint32_t> identifiers;
    };
    /// Who takes a topic; kept until a subscription changes.
    struct Matches {
        std::vector<Taker> takers;
        std::vector<SharedGroupPtr> groups;
        ShardSet others = 0;
        bool has_history = false;
        std::uint64_t version = 0;

        bool has_any() const noexcept { return !takers.empty() || !groups.empty() || others != 0; }
    };
    struct Letter {
        MessagePtr message;
        Receipt receipt;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    using Cache = boost::unordered_flat_map<std::string, std::unique_ptr<Matches>, Hash, std::equal_to<>>;

    const Matches& matches_of(std::string_view topic);
    std::unique_ptr<Matches> find_matches(std::string_view topic) const;
    void deliver(const MessagePtr& message, const Matches& matches, const Receipt& receipt);
    MessagePtr number(const MessagePtr& message, const Receipt& receipt);
    void number_letters(std::vector<Letter> letters);
    void deliver_here(const MessagePtr& message, const std::vector<Taker>& takers, const Receipt& receipt);
    void deliver_to_group(const SharedGroupPtr& group, const MessagePtr& message, Receipt receipt, ClientNumber except);
    void deliver_to_member(const SharedGroupPtr& group, const SharedGroup::Member& member, const MessagePtr& message,
                           Receipt receipt);
    void send_to_others(const MessagePtr& message, ShardSet others, const Receipt& receipt);
    void send_letters();
    void send(std::vector<Letter>& letters, std::size_t shard, void (Bus::*take)(std::vector<Letter>));
    template <typename Handle> void read(std::vector<Letter>& letters, Handle&& handle);
    void receive(std::vector<Letter> letters);
    void forget_matches();

    static constexpr std::size_t cached_topics = 16384;  // a few MB at most; beyond that topics do not repeat
    static constexpr std::size_t congestion_limit = 50'000;  // letters; about a tenth of a second of work

    Shard& shard_;
    BusCommons& commons_;
    store::RetainedKeeper* keeper_ = nullptr;
    store::HistoryKeeper* history_keeper_ = nullptr;
    TopicTree<Entry> tree_;
    boost::unordered_flat_map<ClientNumber, Subscriber*> group_members_;  ///< on this shard, with the count below
    boost::unordered_flat_map<ClientNumber, std::size_t> group_counts_;
    Cache cache_;
    std::vector<std::unique_ptr<Matches>> retired_;  ///< answers that an outer publish may still walk
    int dispatching_ = 0;         ///< depth of publish calls: what is in use may not be dropped from the cache
    bool cache_is_stale_ = false;
    std::vector<std::vector<Letter>> outgoing_;  ///< by shard, gathered in this turn
    std::vector<Letter> unnumbered_;             ///< for the shard that numbers, likewise
    std::vector<std::uint64_t> dropped_;         ///< from the history, just now
    std::atomic<std::size_t> unread_{0};         ///< letters sent to this shard and not yet received
};

}  // namespace rialto
