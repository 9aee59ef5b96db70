#pragma once

#include "core/error.hpp"
#include "core/queues/queue_item.hpp"
#include "core/store/stored_queue.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// How the names of queues begin in the store: of those that stand behind a topic, and of durable subscriptions.
inline constexpr std::string_view queue_names = "queue/";
inline constexpr std::string_view durable_names = "durable/";

/// What the store has of one queue, as it is found when the gateway starts.
struct StoredMessages {
    std::string name;  ///< of the queue, in the store
    std::size_t count = 0;
    std::size_t size = 0;  ///< octets, as KeptQueue counts them
};

/// The messages of all queues whose names begin so, by queue. Reads them all. @error invalid  something is damaged
Result<std::vector<StoredMessages>> find_stored_queues(store::Engine& engine, std::string_view beginning);
/// Those of one queue, which may be none.
Result<StoredMessages> find_stored_queue(store::Engine& engine, std::string_view name);
/// Erases all messages of a queue that nobody has open.
void erase_stored_queue(store::Batch& batch, std::string_view name);

/// The part of a queue that is in the gateway's store: every message from when it comes until a consumer is done with it.
/// The first of those that wait are in memory too, which is the queue's business. Lives on: the queue's home shard.
class KeptQueue {
public:
    // What waits in memory is bounded, so that ten thousand full queues need no more than what is read ahead of each.
    static constexpr std::size_t most_in_memory = 64;
    static constexpr std::size_t most_octets_in_memory = 256 * 1024;

    KeptQueue(store::Journal& journal, std::string_view name);

    /// Brings back what was found: all of it waits on disk, and may have been with consumers before.
    Result<void> open(const StoredMessages& found);

    /// Keeps a message that is in memory too. @pre !has_more()  @param receipt  settles as accepted when it is safe
    /// @return its number
    std::uint64_t append(const Message& message, Receipt receipt);
    /// Keeps a message on disk alone, until load() brings it.
    std::uint64_t append_for_later(const Message& message, Receipt receipt);
    /// A consumer is done with it, or it is dropped.
    void erase(std::uint64_t number);
    /// Nobody will want any of it again: all sources go on.
    void clear();

    /// The next ones that wait on disk alone; none where they can't be read yet. Blocks shortly.
    Result<std::vector<QueueItem>> load();
    bool has_more() const noexcept { return later_count_ != 0; }
    std::size_t later_count() const noexcept { return later_count_; }
    std::size_t later_size() const noexcept { return later_size_; }  ///< octets
    /// Nothing is in the store, or is about to be.
    bool empty() const noexcept { return count_ == 0; }

    /// The source of this message came too early, and waits until it has left the queue.
    void hold_back(std::uint64_t number, Receipt receipt) { held_back_.push_back({number, std::move(receipt)}); }
    void has_left(std::uint64_t number) noexcept { left_end_ = std::max(left_end_, number + 1); }
    /// Lets the sources of what has left go on.
    void let_sources_go_on();

    store::Journal& journal() noexcept { return journal_; }

    bool is_waiting_for_disk = false;
    bool is_unreadable = false;  ///< the last load() failed

private:
    struct HeldBack {
        std::uint64_t number;
        Receipt receipt;
    };

    std::uint64_t put(const Message& message, Receipt receipt);

    store::Journal& journal_;
    store::StoredQueue messages_;
    std::size_t count_ = 0;             ///< in the store, consumers' ones among them
    std::uint64_t loaded_end_ = 1;      ///< those before it were brought to memory, or are gone
    std::size_t later_count_ = 0;       ///< from there on
    std::size_t later_size_ = 0;        ///< octets of them
    std::uint64_t redelivered_end_ = 0; ///< those before it may have been with a consumer before the gateway ended
    std::uint64_t left_end_ = 0;        ///< those before it have left for a consumer
    std::deque<HeldBack> held_back_;
};

}  // namespace rialto
