#pragma once

#include <cstdint>
#include <span>

#include "core/history/history.hpp"
#include "core/store/store.hpp"

namespace rialto::store {

/// Has the history kept. Lives on: the shard where messages are numbered.
class HistoryKeeper {
public:
    explicit HistoryKeeper(Journal& journal) : journal_(journal) {}

    /// @param dropped  numbers of messages that the history has not any more
    /// @param receipt  settles as accepted when the message is safe
    void keep(const Message& message, std::span<const std::uint64_t> dropped, Receipt receipt);

    /// Says that all is here that was published, so that readers may go on after a restart. When its shard has stopped.
    void close(const History& history);

private:
    Journal& journal_;
    bool is_whole_ = true;  ///< nothing was left out while the store was behind
};

/// Brings back what was kept. After a run that did not close it the history begins a new epoch: messages that nobody had to
/// wait for may be missing at its end. @error invalid  it is damaged
Result<void> restore_history(Engine& engine, History& history);

}  // namespace rialto::store
