#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/parcel.hpp"
#include "core/store/stored_queue.hpp"

namespace rialto::bridge {

/// A queue of messages on disk with what its reader needs: how many there are and how large, which ones are read and not yet
/// done with. That record is written with the messages it counts, so nothing is counted when it is opened.
/// Lives on: the journal's shard.
class SpoolQueue final : private store::JournalWriter {
public:
    /// What is kept beside a message.
    struct Note {
        WallTime at{};      ///< when it was put here
        std::uint64_t size = 0;
        Order order = Order::by_topic;
        std::string route;  ///< that takes it back where it can't be delivered; empty: none
    };
    struct Entry {
        std::uint64_t number;
        Note note;
        MessagePtr message;
    };

    /// @param name  nobody else's
    SpoolQueue(store::Journal& journal, const std::string& name);
    ~SpoolQueue();
    SpoolQueue(const SpoolQueue&) = delete;
    SpoolQueue& operator=(const SpoolQueue&) = delete;

    /// Finds it as it was left. Blocks shortly, however much is in it.
    Result<void> open();

    bool empty() const noexcept { return count_ == 0; }
    std::uint64_t count() const noexcept { return count_; }
    /// Octets, with what is not written yet.
    std::uint64_t bytes() const noexcept { return bytes_; }
    /// How many octets the message takes here.
    static std::uint64_t size_of(const Message& message, const std::string& route) noexcept;

    /// @param receipt  settles as accepted when the message is on disk
    void append(const Message& message, Note note, Receipt receipt);

    /// The next ones, oldest first, which are its reader's from now on until erase() or put_back(). None: all are read, or the
    /// next one is not written yet. What is damaged is left out and counted. Blocks shortly.
    std::vector<Entry> read(std::size_t most_messages, std::size_t most_octets);
    bool has_unread() const noexcept { return next_ < queue_.end(); }
    /// One that is read already, once more. Nothing: it is damaged.
    std::optional<Entry> read_again(std::uint64_t number);
    /// Its reader is done with it.
    void erase(std::uint64_t number);
    /// Everything from `number` on is read again.
    void put_back(std::uint64_t number);
    void put_all_back() {
        if (!out_.empty()) put_back(out_.begin()->first);
    }
    /// Entries that could not be read.
    std::uint64_t damaged() const noexcept { return damaged_; }

private:
    void write_to(store::Batch& batch) override;
    void changed();
    void skip_damaged(const Error& why);

    store::Journal& journal_;
    const std::string name_;
    store::StoredQueue queue_;
    std::uint64_t next_ = 1;                        ///< the next to be read
    std::map<std::uint64_t, std::uint64_t> out_;    ///< read and not erased, with their sizes
    std::uint64_t count_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t damaged_ = 0;
    bool is_changed_ = false;                       ///< since the record was written
};

}  // namespace rialto::bridge
