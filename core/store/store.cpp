#include "core/store/store.hpp"

#include <algorithm>
#include <utility>

#include "core/log.hpp"

namespace rialto::store {
namespace {

constexpr std::chrono::seconds idle_time{3};

}  // namespace

Store::Store(std::unique_ptr<Engine> engine, Metrics& metrics)
    : engine_(std::move(engine)),
      commits_(metrics.counter("rialto_store_commits_total", "Syncs of the store")),
      changes_(metrics.counter("rialto_store_changes_total", "Keys written to or erased from the store")),
      octets_(metrics.counter("rialto_store_written_bytes_total", "Octets of keys and values written to the store")),
      pending_(metrics.gauge("rialto_store_pending_bytes", "Octets that wait to be written to the store")),
      up_(metrics.gauge("rialto_store_up", "Whether the store could write the last time")),
      thread_([this] { run(); }) {
    up_.set(1);
}

Store::~Store() { stop(); }

void Store::commit(Batch batch, Waiting waiting, Shard& home) {
    pending_.add(static_cast<std::int64_t>(batch.size()));
    {
        const std::lock_guard lock(mutex_);
        if (!batch.empty()) batches_.push_back(std::move(batch));
        letters_.push_back({&home, std::move(waiting)});
    }
    changed_.notify_one();
}

void Store::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Store::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const bool is_idle = !changed_.wait_for(lock, idle_time, [this] { return is_stopping_ || !letters_.empty(); });
        if (is_idle) {
            lock.unlock();
            engine_->idle();
            lock.lock();
            continue;
        }
        if (letters_.empty()) return;
        const auto batches = std::exchange(batches_, {});
        auto letters = std::exchange(letters_, {});
        lock.unlock();
        const bool is_written = batches.empty() || write(batches);
        if (is_written) tell(std::move(letters));
        lock.lock();
        if (!is_written) return;  // it stops, and this could not be written: the receipts are released
    }
}

bool Store::write(const std::vector<Batch>& batches) {
    std::size_t size = 0;
    std::size_t count = 0;
    for (const Batch& batch : batches) {
        size += batch.size();
        count += batch.count();
    }
    for (bool is_last = false;;) {
        const auto written = engine_->write(batches);
        if (written) break;
        say_failure(written.error());
        if (is_last) return false;
        std::unique_lock lock(mutex_);
        is_last = changed_.wait_for(lock, backoff_.next(), [this] { return is_stopping_; });
    }
    if (std::exchange(has_failed_, false)) log::info("store works again", {{"place", engine_->place()}});
    backoff_.reset();
    up_.set(1);
    commits_.add();
    changes_.add(count);
    octets_.add(size);
    pending_.add(-static_cast<std::int64_t>(size));
    return true;
}

void Store::say_failure(const Error& why) {
    up_.set(0);
    if (std::exchange(has_failed_, true)) return;
    log::error("store does not take anything: whoever publishes what has to be kept is held until it does",
               {{"place", engine_->place()}, {"error", why.message}});
}

void Store::tell(std::vector<Letter> letters) {
    std::vector<std::pair<Shard*, std::vector<Waiting>>> homes;  // one piece of mail for each
    for (Letter& letter : letters) {
        if (letter.waiting.receipts.empty() && letter.waiting.calls.empty()) continue;
        auto home = std::find_if(homes.begin(), homes.end(), [&](const auto& known) { return known.first == letter.home; });
        if (home == homes.end()) home = homes.emplace(homes.end(), letter.home, std::vector<Waiting>());
        home->second.push_back(std::move(letter.waiting));
    }
    for (auto& [shard, waiting] : homes) {
        shard->post([all = std::move(waiting)]() mutable {
            for (Waiting& one : all) {
                for (const auto& call : one.calls) call();
                for (Receipt& receipt : one.receipts) receipt.settle(Outcome::accepted);
            }
        });
    }
}

void Journal::ask(JournalWriter& writer) {
    shard_.flush_later(*this);
    writers_.push_back(&writer);
}

void Journal::forget(JournalWriter& writer) noexcept { std::erase(writers_, &writer); }

void Journal::flush() noexcept {
    for (JournalWriter* const writer : std::exchange(writers_, {})) writer->write_to(batch_);
    if (batch_.empty() && waiting_.receipts.empty() && waiting_.calls.empty()) return;
    waiting_.calls.insert(waiting_.calls.begin(), [this, turn = turn_++] { written_ = turn; });
    store_.commit(std::exchange(batch_, {}), std::exchange(waiting_, {}), shard_);
}

}  // namespace rialto::store
