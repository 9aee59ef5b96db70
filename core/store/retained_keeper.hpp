#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/retained.hpp"
#include "core/store/store.hpp"

namespace rialto::store {

/// Has one shard's retained messages kept. What a turn changed leaves at its end: of each topic the value that it has then, in
/// an order that all shards agree on, so that what is stored is what was there last. Lives on: its shard.
class RetainedKeeper final : public Flushable {
public:
    /// @param order  the same for all shards
    RetainedKeeper(Store& store, Shard& shard, const RetainedMessages& retained, std::mutex& order)
        : store_(store), shard_(shard), retained_(retained), order_(order), later_([this] { shard_.flush_later(*this); }) {}

    /// The topic's value has changed. @param receipt  settles as accepted when the value is safe
    void keep(std::string_view topic, Receipt receipt);

    void flush() noexcept override;

private:
    Store& store_;
    Shard& shard_;
    const RetainedMessages& retained_;
    std::mutex& order_;
    std::set<std::string, std::less<>> topics_;
    Waiting waiting_;
    Timer later_;  ///< while the store is behind: a topic has its last value written once, however often it changes
};

/// Brings back what was kept, and forgets what nobody wants any more. @error invalid  it is damaged
Result<void> restore_retained(Engine& engine, RetainedMessages& retained);

}  // namespace rialto::store
