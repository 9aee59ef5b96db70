#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "bridge/drop_counters.hpp"
#include "bridge/parcel.hpp"
#include "core/adapter.hpp"
#include "core/backoff.hpp"
#include "core/metrics.hpp"
#include "core/shard.hpp"

namespace rialto::bridge {

/// What stands between routes and one backend's sink: a queue in order, a window of messages that are sent and not yet
/// confirmed, and the retries. Messages stand in lanes by their topic or key. When the other side gives one back, it and
/// all behind it in its lane wait; then it goes again alone, and when it is through, the others follow (go-back-N): order
/// is kept in the lane, at the cost of repeats, and the other lanes do not notice. A lost connection sends everything
/// again in the order in which it came. Lives on: the backend's shard.
class Outlet {
public:
    struct Limits {
        /// Messages that nobody waits for are dropped beyond this, newest first. Those with a receipt are bounded by
        /// what their sources may have unsettled.
        std::size_t unacknowledged_messages = 10'000;
        std::size_t unacknowledged_bytes = 64 * 1024 * 1024;
    };
    struct Counters {
        Counter& sent;      ///< confirmed by the other side
        Counter& repeated;  ///< sent again
        Counter& rejected;  ///< refused for good by the other side
        Counter& given_up;  ///< given back by the other side more often than their routes allow
        DropCounters& drops;  ///< over the limits, or their time was over before they could be sent
        Gauge& queued;      ///< waiting or unconfirmed now
        Gauge& limiting;    ///< 1 while sources wait for this backend: it is away, or its window is full
    };

    /// Called just before each message goes to the sink, repeats included.
    using OnSend = std::function<void(const Message& message)>;

    Outlet(Shard& shard, Limits limits, Counters counters, OnSend on_send = {}, Backoff backoff = Backoff());
    ~Outlet();
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;

    /// Takes a message over. The receipt settles when the backend has confirmed it, and where the message is undeliverable
    /// as its route wants it.
    void push(Parcel parcel);
    /// The sink works: sends what waits, oldest first. `sink` stays valid until closed().
    void opened(Sink& sink);
    /// The sink is gone; everything unconfirmed waits for the next one.
    void closed();
    /// After closed(): all that is here, in the order in which it came.
    std::vector<Parcel> take_all();

    /// `answered` is called when the other side has answered, and there may be less here than before.
    void on_answer(std::function<void()> answered) { on_answer_ = std::move(answered); }

    Shard& shard() const noexcept { return shard_; }
    std::size_t size() const noexcept { return size_; }
    bool is_idle() const noexcept { return size_ == 0; }
    /// What its messages weigh.
    std::size_t bytes() const noexcept { return bytes_; }

private:
    static constexpr std::size_t lane_count = 64;
    static constexpr std::uint8_t no_lane = 255;  ///< of a message that waits for nobody
    using Hook = boost::intrusive::list_member_hook<>;

    class Confirmations;
    enum class State : std::uint8_t {
        waiting,
        sent,
        confirmed,  ///< but one before it in its lane is not
    };
    struct Entry {
        Hook in_queue;
        Hook in_lane;  ///< of its lane's list; without a lane, of paused_ or ready_
        Parcel parcel;
        std::uint64_t number = 0;   ///< in the order in which they came
        std::uint32_t slot = 0;
        std::uint32_t round = 0;    ///< raised whenever answers up to now no longer count
        std::uint32_t attempts = 0; ///< that the other side gave back
        std::uint8_t lane = no_lane;
        State state = State::waiting;
        bool has_receipt = false;
        bool was_sent = false;
        bool was_given_back = false;  ///< since the last attempt was counted
        Instant due{};                ///< without a lane: when it goes again
    };
    using Queue = boost::intrusive::list<Entry, boost::intrusive::member_hook<Entry, Hook, &Entry::in_queue>,
                                         boost::intrusive::constant_time_size<false>>;
    using LaneList = boost::intrusive::list<Entry, boost::intrusive::member_hook<Entry, Hook, &Entry::in_lane>,
                                            boost::intrusive::constant_time_size<false>>;
    enum class LaneState : std::uint8_t {
        open,
        paused,       ///< until `due`
        ready,        ///< to send its first message again
        probing,      ///< its first message is sent, alone
        catching_up,  ///< sends what came to wait meanwhile
    };
    struct Lane {
        LaneList entries;  ///< in order
        LaneState state = LaneState::open;
        int tries = 0;
        Instant due{};
        Entry* next = nullptr;  ///< catching up: the next to look at
    };

    Entry& add(Parcel parcel);
    Lane* lane_of(const Entry& entry) noexcept { return entry.lane == no_lane ? nullptr : &lanes_[entry.lane]; }
    bool has_room_for(const Message& message) const noexcept;
    bool is_past(const Entry& entry) const noexcept { return !next_ || entry.number < next_->number; }

    void send_more();
    void say_limit();
    Entry* pick();
    Entry* pick_from(Lane& lane);
    Entry* pick_new();
    void send(Entry& entry);
    void settled(std::uint64_t token, Outcome outcome);
    void answered(Entry& entry, Outcome outcome);
    void hesitate();
    void go_on();
    void confirmed(Entry& entry);
    void settle_confirmed(Lane& lane);
    void given_back(Entry& entry);
    void wait_again(Entry& entry) noexcept;
    void give_up(Entry& entry, Undeliverable why);
    Parcel take_out(Entry& entry);
    void left(Lane& lane, bool was_first);
    void try_again_at(Instant due);
    void on_retry();
    void retry_lane(Lane& lane);
    bool is_given_up(Entry& entry);

    Shard& shard_;
    Limits limits_;
    Counters counters_;
    OnSend on_send_;
    std::function<void()> on_answer_;
    Backoff backoff_;
    Timer retry_;
    Instant retry_due_{};  ///< while it is armed
    Ref<Confirmations> confirmations_;
    Sink* sink_ = nullptr;

    std::deque<Entry> slots_;
    std::vector<std::uint32_t> free_slots_;
    Queue queue_;            ///< all that is here, in the order in which it came
    Entry* next_ = nullptr;  ///< the first that was not looked at since the sink was opened; null: none
    std::array<Lane, lane_count> lanes_;
    std::vector<Lane*> troubled_;  ///< those that are not open
    LaneList paused_;              ///< without a lane: wait until they are due
    LaneList ready_;               ///< without a lane: to be sent again
    std::uint64_t last_number_ = 0;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
    std::uint8_t connection_ = 0;  ///< raised with each loss, so that late answers are told apart
    std::size_t unanswered_ = 0;   ///< sent on this connection
    std::size_t awaited_ = 0;      ///< messages whose sources wait for them
    bool is_limiting_ = false;
    std::size_t unacknowledged_count_ = 0;
    std::size_t unacknowledged_bytes_ = 0;
    bool is_sending_ = false;
    bool is_hesitating_ = false;  ///< something was given back in this turn
};

}  // namespace rialto::bridge
