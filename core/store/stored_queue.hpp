#pragma once

#include <string_view>
#include <vector>

#include "core/message.hpp"
#include "core/store/store.hpp"

namespace rialto::store {

/// Messages in the store, in their order, under a name. Each has a number, one more than the one before it, and a note of
/// whoever keeps it here. Holds no message in memory. Lives on: the journal's shard.
class StoredQueue {
public:
    struct Entry {
        std::uint64_t number;
        Bytes note;
        MessagePtr message;  ///< null where change() took it out
    };

    /// @param name  nobody else's
    StoredQueue(Journal& journal, std::string_view name);

    /// Finds where it begins and ends, as it was left. Blocks shortly.
    /// @param not_before  nothing is there before this number: spares looking where many were erased
    Result<void> open(std::uint64_t not_before = 0);

    std::uint64_t begin() const noexcept { return begin_; }  ///< no number before it is in use
    std::uint64_t end() const noexcept { return end_; }      ///< the number of the next message
    bool empty() const noexcept { return begin_ == end_; }

    /// @param receipt  settles as accepted when the message is safe  @return its number
    std::uint64_t append(const Message& message, std::string_view note, Receipt receipt);
    /// Keeps the note alone, another one.
    void change(std::uint64_t number, std::string_view note);
    void erase(std::uint64_t number);
    /// All before `number`.
    void erase_before(std::uint64_t number);
    void clear() { erase_before(end_); }

    /// All before it can be read.
    std::uint64_t readable_end();
    /// Up to so many messages or octets, but one at least, from `from` on. What is not written yet can't be read, and is left
    /// out. Blocks shortly. @error invalid  something in it is damaged
    Result<std::vector<Entry>> read(std::uint64_t from, std::size_t most_messages, std::size_t most_octets);

    /// How many octets a message takes here.
    static std::size_t size_of(const Message& message);

private:
    struct Mark {
        std::uint64_t turn;
        std::uint64_t end;
    };

    Bytes key_of(std::uint64_t number) const;

    Journal& journal_;
    const Bytes beginning_;  ///< of all its keys
    std::uint64_t begin_ = 1;
    std::uint64_t end_ = 1;
    std::uint64_t readable_end_ = 1;
    std::vector<Mark> marks_;  ///< where the turns ended whose messages are not written yet
};

}  // namespace rialto::store
