#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "core/backoff.hpp"
#include "core/metrics.hpp"
#include "core/receipt.hpp"
#include "core/shard.hpp"
#include "core/store/engine.hpp"

namespace rialto::store {

/// Who waits for a batch to be safe.
struct Waiting {
    std::vector<std::function<void()>> calls;  ///< are called, on the shard that waits
    std::vector<Receipt> receipts;             ///< settle as accepted, then
};

/// What must survive. Writes on a thread of its own, in the order of the calls: one sync covers all that came while the last
/// one ran (group commit). While the disk is full or fails it tries again until it works, and says so; nobody who waits is
/// told that anything is safe meanwhile. @thread any
class Store {
public:
    Store(std::unique_ptr<Engine> engine, Metrics& metrics);
    /// As stop().
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Queues the batch; `waiting` hears on `home` when it is safe.
    void commit(Batch batch, Waiting waiting, Shard& home);

    /// So much waits to be written that what nobody waits for should not be added: the disk is full, or too slow.
    bool is_behind() const noexcept { return pending_.value() > most_pending; }

    /// Reads see what was written, not what still waits to be.
    Engine& engine() noexcept { return *engine_; }

    /// Writes what waits, trying once more where that fails, and ends. What is not written then is never told to be safe.
    void stop();

private:
    static constexpr std::int64_t most_pending = 64 * 1024 * 1024;  // octets

    struct Letter {
        Shard* home;
        Waiting waiting;
    };

    void run();
    bool write(const std::vector<Batch>& batches);
    void say_failure(const Error& why);
    static void tell(std::vector<Letter> letters);

    std::unique_ptr<Engine> engine_;
    Counter& commits_;
    Counter& changes_;
    Counter& octets_;
    Gauge& pending_;
    Gauge& up_;
    Backoff backoff_;
    bool has_failed_ = false;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Batch> batches_;   ///< in the order of their letters
    std::vector<Letter> letters_;
    bool is_stopping_ = false;
    std::thread thread_;
};

/// Who has something to add to a shard's batch just before it leaves: a record that changes with each step and is worth
/// writing once. Lives on: the journal's shard.
class JournalWriter {
public:
    virtual void write_to(Batch& batch) = 0;

protected:
    ~JournalWriter() = default;
};

/// One shard's way to the store: what is written in one turn leaves as one batch at the turn's end. Lives on: its shard.
class Journal final : public Flushable {
public:
    Journal(Store& store, Shard& shard) : store_(store), shard_(shard) {}

    Store& store() noexcept { return store_; }
    Shard& shard() noexcept { return shard_; }

    /// This turn's batch.
    Batch& batch() {
        shard_.flush_later(*this);
        return batch_;
    }
    /// Settles as accepted when this turn's batch, and all before it, are safe.
    void settle_when_written(Receipt receipt) {
        if (receipt.empty()) return;
        shard_.flush_later(*this);
        waiting_.receipts.push_back(std::move(receipt));
    }
    /// Is called on this shard, likewise. Never called where the gateway stops first.
    void call_when_written(std::function<void()> call) {
        shard_.flush_later(*this);
        waiting_.calls.push_back(std::move(call));
    }
    /// `writer` is asked before this turn's batch leaves, or the next one. It may be called off.
    void ask(JournalWriter& writer);
    void forget(JournalWriter& writer) noexcept;

    /// The batch that is being made has a number, and those up to written() are safe.
    std::uint64_t turn() const noexcept { return turn_; }
    std::uint64_t written() const noexcept { return written_; }

    void flush() noexcept override;

private:
    Store& store_;
    Shard& shard_;
    Batch batch_;
    Waiting waiting_;
    std::vector<JournalWriter*> writers_;
    std::uint64_t turn_ = 1;
    std::uint64_t written_ = 0;
};

}  // namespace rialto::store
