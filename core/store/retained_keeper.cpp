#include "core/store/retained_keeper.hpp"

#include "core/store/keys.hpp"
#include "core/store/message_record.hpp"

namespace rialto::store {

void RetainedKeeper::keep(std::string_view topic, Receipt receipt) {
    if (topic.starts_with("$SYS/")) return receipt.settle(Outcome::accepted);  // said anew after each start
    shard_.flush_later(*this);
    topics_.emplace(topic);
    if (!receipt.empty()) waiting_.receipts.push_back(std::move(receipt));
}

void RetainedKeeper::flush() noexcept {
    if (topics_.empty()) return;
    if (store_.is_behind()) {
        if (!later_.is_armed()) shard_.arm(later_, std::chrono::milliseconds(200));
        return;
    }
    const std::lock_guard lock(order_);
    Batch batch;
    Bytes record;
    for (const std::string& topic : topics_) {
        const Bytes key = Key(Table::retained).text(topic).take();
        if (const MessagePtr message = retained_.find(topic)) {
            record.clear();
            append_record(record, *message);
            batch.put(key, record);
        } else {
            batch.erase(key);
        }
    }
    topics_.clear();
    store_.commit(std::move(batch), std::exchange(waiting_, {}), shard_);
}

Result<void> restore_retained(Engine& engine, RetainedMessages& retained) {
    const Bytes from = Key(Table::retained).take();
    Batch over;
    Result<void> damage;
    const WallTime now = wall_now();
    const auto read = engine.read(from, end_of(from), [&](std::string_view key, std::string_view record) {
        const auto message = read_record(record);
        if (message.has_error()) damage = message.error();
        if (message.has_error()) return false;
        (*message)->is_expired(now) ? over.erase(key) : retained.store(*message);
        return true;
    });
    if (!read) return read.error();
    if (!damage) return in_context("retained messages in '" + engine.place() + "'", damage.error());
    return over.empty() ? Result<void>() : engine.write({&over, 1});
}

}  // namespace rialto::store
