#pragma once

#include <array>
#include <deque>
#include <functional>
#include <string>

#include "bridge/outlet.hpp"
#include "bridge/spool_config.hpp"
#include "bridge/spool_queue.hpp"

namespace rialto::bridge {

/// What a backend can't take now waits on disk. As long as the sink is open and keeps up, messages go through memory and
/// their receipts wait for the backend. When it is lost, or too many wait, they go to disk in order, and their receipts
/// settle as soon as the disk has them. While anything is on disk, new messages go behind it; it is read in pieces, sent
/// with the sink's window, and erased when the backend has confirmed it. Lives on: the backend's shard.
class Spool {
public:
    /// More in memory means that the backend does not keep up. Less than what one source may have unsettled
    /// (Link::source_credit), or that would hold the source back before anything goes to disk.
    static constexpr std::size_t most_in_memory = 512;
    static constexpr std::size_t most_bytes_in_memory = 16 * 1024 * 1024;
    /// On the way to a disk that does not keep up. Beyond it what nobody waits for is dropped; what has a receipt is bounded by
    /// what its source may have unsettled.
    static constexpr std::uint64_t most_bytes_unwritten = 16 * 1024 * 1024;

    struct Counters {
        Counter& spooled;   ///< went to disk
        DropCounters& drops;  ///< because of max_bytes or max_age, or they could not be read
        Gauge& messages;
        Gauge& bytes;
        Gauge& limiting;    ///< 1 while sources wait for room
    };
    struct Ways {
        /// The message as the backend gets it.
        std::function<MessagePtr(const MessagePtr&)> seal;
        /// Whom a message of the route goes back to; null: nobody.
        std::function<Ref<Returns>(const std::string& route, const MessagePtr&)> returns;
    };

    Spool(store::Journal& journal, std::string backend, SpoolConfig config, Counters counters, Outlet& outlet, Ways ways);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// How many messages are there from before for a backend; 0 also where that can't be read. Blocks shortly.
    static std::uint64_t left_for(store::Journal& journal, const std::string& backend);

    /// Finds what is there from before. Once, before all else.
    Result<void> open();

    /// Takes a message over, not sealed. Its receipt settles when it is on disk, or when the backend has it.
    void push(Parcel parcel);
    /// The outlet was told that the sink works.
    void opened();
    /// The sink is gone, and the outlet knows: what that has goes to disk.
    void closed();
    /// Reads no more from disk: the gateway is about to leave.
    void stop_reading() noexcept { is_reading_ = false; }

    std::uint64_t count() const noexcept { return before_.count() + queue_.count(); }
    std::uint64_t bytes() const noexcept { return before_.bytes() + queue_.bytes(); }

private:
    class Answers;

    bool goes_through_memory() const noexcept;
    bool has_room_in_memory() const noexcept;
    void to_outlet(Parcel parcel);
    void keep(Parcel parcel);
    void refuse(Parcel parcel);
    void append(SpoolQueue& queue, Parcel parcel);
    bool make_room_for(std::uint64_t size);
    bool disk_keeps_up();
    bool drop_some_oldest();
    void take_held();
    void hold(Parcel parcel);
    void read_more();
    void read_more_at_half();
    bool read_some(SpoolQueue& queue);
    void send(SpoolQueue& queue, std::uint64_t number, const SpoolQueue::Note& note, MessagePtr message);
    void settled(std::uint64_t token, Outcome outcome);
    void read_when_written();
    void on_timer();
    void drop_too_old(SpoolQueue& queue);
    void count_drop(Drop why, const Message& message);
    bool is_too_old(const SpoolQueue::Note& note, WallTime now) const noexcept;
    SpoolQueue& queue_of(std::uint64_t token) noexcept;
    void say_size();

    store::Journal& journal_;
    const std::string backend_;
    const SpoolConfig config_;
    Counters counters_;
    Outlet& outlet_;
    Ways ways_;
    Ref<Answers> answers_;
    SpoolQueue before_;  ///< what was on its way when the sink was lost while others waited on disk already: it is older
    SpoolQueue queue_;
    std::deque<Parcel> held_;  ///< there was no room, and their sources wait
    struct Unwritten {
        std::uint64_t turn;
        std::uint64_t bytes;
    };
    std::deque<Unwritten> unwritten_;  ///< by the journal's turns
    std::uint64_t unwritten_bytes_ = 0;
    std::vector<std::uint64_t> again_;  ///< tokens of what was given back
    Timer timer_;
    std::uint64_t round_ = 0;  ///< raised with each loss, so that late answers are told apart
    std::int64_t said_messages_ = 0;
    std::int64_t said_bytes_ = 0;
    bool is_open_ = false;
    bool is_reading_ = true;
    bool is_in_read_ = false;
    bool waits_for_disk_ = false;
};

}  // namespace rialto::bridge
