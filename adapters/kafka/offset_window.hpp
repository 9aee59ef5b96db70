#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/message.hpp"

namespace rialto::kafka {

/// What of one partition was handed on, and up to where all of it is settled: Kafka remembers one offset for each partition
/// and group, so an offset may be committed when nothing before it is open. Lives on: one shard.
class OffsetWindow {
public:
    /// A message was handed on. Offsets rise, with gaps. The first one says where the partition is read from.
    void handed_on(std::int64_t offset, MessagePtr message);
    /// Everything before `offset` that was not handed on is nobody's.
    void reached(std::int64_t offset);
    /// The message is safe. Unknown and settled ones are passed over.
    void settled(std::int64_t offset);
    /// An open message that nobody will settle: it keeps its place, but is not waited for.
    void withdrawn() noexcept { --open_; }
    /// An open message; null where it is none.
    MessagePtr find(std::int64_t offset) const;

    /// The offset to commit: that of the first open message, or behind the last. Nothing until a first one is known.
    std::optional<std::int64_t> committable() const noexcept;
    /// How many are to be settled yet.
    std::size_t open_count() const noexcept { return open_; }

private:
    struct Entry {
        std::int64_t offset;
        MessagePtr message;  ///< null when settled
    };
    std::deque<Entry>::iterator locate(std::int64_t offset);

    std::deque<Entry> entries_;  ///< by offset; the first one is open
    std::optional<std::int64_t> next_;  ///< behind the last that was seen
    std::size_t open_ = 0;
};

}  // namespace rialto::kafka
