#pragma once

#include "adapters/mqtt/inbound.hpp"
#include "adapters/mqtt/send_window.hpp"
#include "adapters/mqtt/will.hpp"
#include "core/store/stored_queue.hpp"
#include "core/subscriber.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rialto::mqtt {

/// What stands in the store about a session beside its subscriptions and messages.
struct SessionRecord {
    std::uint32_t expiry = 0;         ///< seconds
    std::optional<WallTime> left_at;  ///< absent while its client is connected
    std::size_t max_queued = 0;       ///< messages that may wait for it
    std::uint64_t sent_end = 0;       ///< messages before this number may have been sent
    std::unique_ptr<StoredWill> will;
};

/// The part of a session that is in the gateway's store. Its messages have numbers, and from its number follows each one's
/// packet identifier, so that after a restart it goes out under the same one and QoS 2 stays exactly once.
/// Lives on: the session's shard.
class KeptSession final : public ReceivedLog {
public:
    static constexpr std::size_t most_in_memory = 64;  ///< messages that wait; the rest waits on disk alone

    KeptSession(store::Journal& journal, std::string client_id);

    void write(std::uint32_t expiry, std::size_t max_queued, const StoredWill* will);
    void add(const TopicFilter& filter, const SubscriptionOptions& options);
    void remove(const TopicFilter& filter);

    /// QoS 2 messages from the client between PUBREC and PUBREL. `done` is called when it is safe.
    void add(PacketId id, std::function<void()> done) override;
    void remove(PacketId id) override;

    /// Keeps a message for the client. @param receipt  settles as accepted when it is safe
    void append(Outgoing& outgoing, Receipt receipt);
    /// PUBREC came: of the message its identifier is left.
    void release(const Outgoing& outgoing);
    void erase(const Outgoing& outgoing);
    /// The next ones behind `loaded_end` that are on disk, the text of a shared subscription beside each; moves it.
    struct Loaded {
        Outgoing outgoing;
        std::string shared;
    };
    Result<std::vector<Loaded>> load();
    /// Whether the message may go out: at QoS 2 its identifier must not be forgotten.
    bool is_safe(const Outgoing& outgoing);

    /// Messages that were not sent yet.
    std::size_t waiting() const noexcept { return static_cast<std::size_t>(messages_.end() - sent_end); }
    bool has_more() const noexcept { return loaded_end != messages_.end(); }

    /// The message with this number has left the queue, of which so many may wait.
    void sent(std::uint64_t number, std::size_t bound) {
        sent_end = number + 1;
        settle_over(waiting() > bound ? waiting() - bound : 0);
    }
    /// Lets sources go on until so many of them wait.
    void settle_over(std::size_t left) {
        while (over.size() > left) {
            over.front().settle(Outcome::accepted);
            over.pop_front();
        }
    }

    /// Everything, at once.
    void forget();

    store::Journal& journal() noexcept { return journal_; }
    /// Finds its messages. @param most_in_flight  that the client may have been sent when the gateway ended
    /// @error invalid  what is there is damaged
    Result<void> open(const SessionRecord& record, std::size_t most_in_flight);

    std::optional<WallTime> left_at;  ///< absent while its client is connected

    std::uint64_t loaded_end = 1;  ///< those before it are in memory, were sent or are gone
    std::uint64_t sent_end = 1;    ///< those before it were sent or are gone
    std::deque<Receipt> over;      ///< of messages beyond the bound: their sources wait until there is room
    bool is_waiting_for_disk = false;

    static PacketId id_of(std::uint64_t number) noexcept {
        return static_cast<PacketId>((number - 1) % SendWindow::id_count + 1);
    }

private:
    store::Journal& journal_;
    const std::string client_id_;
    store::StoredQueue messages_;
    std::uint64_t repeated_end_ = 0;  ///< those before it may have been sent already
};

/// What the store has about one client, as it is found when the gateway starts.
struct FoundSession {
    std::string client_id;
    SessionRecord record;
    struct Subscribed {
        TopicFilter filter;
        SubscriptionOptions options;
    };
    std::vector<Subscribed> subscriptions;
    std::vector<PacketId> received;
};

/// All sessions in the store. @error invalid  something is damaged
Result<std::vector<FoundSession>> find_sessions(store::Engine& engine);

}  // namespace rialto::mqtt
