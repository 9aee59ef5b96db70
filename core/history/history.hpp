#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/history/stamp.hpp"
#include "core/topic.hpp"

namespace rialto {

/// Which messages are kept for those who come late or come back, and how many.
struct HistoryRule {
    TopicFilter topic;
    std::size_t messages = 1000;
    std::chrono::milliseconds age{0};            ///< 0: however old
    std::size_t bytes = std::size_t{64} << 20U;  ///< as Message::size() counts

    friend bool operator==(const HistoryRule&, const HistoryRule&) = default;
};

/// Up to where a reader has seen everything.
struct Cursor {
    std::string epoch;
    std::uint64_t number;
};

/// What a history knows about a filter.
struct Past {
    std::vector<MessagePtr> messages;  ///< in the order of their numbers
    std::uint64_t position = 0;        ///< History::position() at the same moment
    bool is_whole = false;             ///< nothing that the filter matches came between the cursor and here, and is missing
};

/// The last messages of some topics, numbered in the one order in which every subscriber gets them. A message is kept under the
/// first rule that matches its topic. @thread any; append() from one at a time
class History {
public:
    History();

    /// From now on by these rules. What no rule matches any more is forgotten.
    void configure(std::vector<HistoryRule> rules);

    /// Whether there is any rule.
    bool is_wanted() const;
    bool covers(std::string_view topic) const;

    /// Keeps a message that covers() has, before anybody is given it.
    /// @param dropped  gets the numbers of those that are not kept any more
    /// @return the message with a number above all others here; a copy where it was numbered before its turn
    MessagePtr append(const MessagePtr& message, std::vector<std::uint64_t>& dropped);

    /// Keeps what was there before a restart, in the order of the numbers. @return false where no rule wants it any more
    bool restore(const MessagePtr& message, const Stamp& stamp);
    /// Goes on where an earlier run has stopped. Before anything is restored.
    void continue_after(std::string epoch, std::uint64_t position);

    /// What came behind the cursor; nothing where it is of another epoch.
    Past since(const TopicFilter& filter, const Cursor& cursor) const;
    /// The newest, at most so many. @param before  and with lower numbers than this
    Past newest(std::span<const TopicFilter> filters, std::size_t count, std::uint64_t before = UINT64_MAX) const;

    /// The number of the newest message that is or was kept; a reader who has all up to it has missed none.
    std::uint64_t position() const;
    /// Names the numbers: in another epoch they mean other messages.
    std::string epoch() const;
    /// How many messages are kept.
    std::size_t size() const;

private:
    struct Entry {
        MessagePtr message;
        Stamp stamp;
    };
    struct Ring {
        HistoryRule rule;
        std::deque<Entry> entries;
        std::size_t bytes = 0;
        std::uint64_t dropped_through = 0;  ///< what this ring lacks has no higher number
    };

    Ring* ring_of(std::string_view topic);
    static void trim(Ring& ring, WallTime now, std::vector<std::uint64_t>& dropped);
    static bool is_too_old(const Ring& ring, const Entry& entry, WallTime now);

    mutable std::mutex mutex_;
    std::vector<Ring> rings_;
    std::vector<std::uint64_t> forgotten_;  ///< by configure(), and not told yet
    std::string epoch_;
    std::uint64_t position_ = 0;
};

}  // namespace rialto
