#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/adapter.hpp"
#include "core/bus.hpp"
#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "core/placement.hpp"
#include "core/readiness.hpp"
#include "core/shard.hpp"

namespace rialto {

namespace store {
class Engine;
class HistoryKeeper;
class Journal;
class RetainedKeeper;
class Store;
}  // namespace store

/// The gateway that adapters live in: its shards with their buses, its metrics, and the adapters themselves.
/// Adapters get it when they are made and keep the reference; it outlives them.
/// @thread const members: any; the rest: the main one before start()
class Gateway {
public:
    struct Settings {
        std::string name;
        std::size_t workers = 1;       ///< shards; 1..max_shards
        bool allow_anonymous = true;   ///< clients without credentials are welcome
    };

    explicit Gateway(Settings settings);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    const std::string& name() const noexcept { return settings_.name; }
    bool allows_anonymous() const noexcept { return settings_.allow_anonymous; }
    Instant started() const noexcept { return started_; }

    std::size_t shard_count() const noexcept { return shards_.size(); }
    Shard& shard(std::size_t index) noexcept { return *shards_[index]; }
    /// Where new connections go. @thread any
    Placement& placement() noexcept { return placement_; }
    /// The shard where everything that belongs to `key` (a backend's name, a route's) lives.
    Shard& home_of(std::string_view key) noexcept;
    /// Runs `visit(Shard&)` on every shard, soon. @thread any
    void on_every_shard(const std::function<void(Shard&)>& visit);

    Metrics& metrics() noexcept { return metrics_; }
    Readiness& readiness() noexcept { return readiness_; }
    RetainedMessages& retained() noexcept { return commons_.retained; }
    History& history() noexcept { return commons_.history; }
    /// From now on by these rules. Before keep_in() where there is a store, and again at any time. @thread the main one
    void keep_history(std::vector<HistoryRule> rules);

    /// What must survive is kept here from now on: brings back retained messages, and what each adapter has of its clients.
    /// Before start(), when all listeners are made. @error invalid  what is there is damaged
    Result<void> keep_in(std::unique_ptr<store::Engine> engine);
    /// This shard's way to what survives; null where nothing does. Lives as long as the gateway. @thread any after start()
    store::Journal* journal_of(const Shard& shard) noexcept;

    void add(std::unique_ptr<Adapter> adapter) { adapters_.push_back(std::move(adapter)); }
    const std::vector<std::unique_ptr<Adapter>>& adapters() const noexcept { return adapters_; }
    /// The adapter whose listener or backend has this scheme; null where nobody has.
    Adapter* find_listener_adapter(std::string_view scheme) const;
    Adapter* find_backend_adapter(std::string_view scheme) const;

    void start();
    /// Ends all loops and drops what still waits on them, open connections too. Whoever owns listeners, routes or
    /// backends calls this before destroying them.
    void stop();

private:
    Settings settings_;
    Instant started_ = Clock::now();
    Metrics metrics_;
    Readiness readiness_;
    Placement placement_;
    BusCommons commons_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<std::unique_ptr<Bus>> buses_;
    std::unique_ptr<store::Store> store_;
    std::mutex retained_order_;
    std::vector<std::unique_ptr<store::Journal>> journals_;         ///< by shard; none without a store
    std::vector<std::unique_ptr<store::RetainedKeeper>> keepers_;  ///< likewise
    std::unique_ptr<store::HistoryKeeper> history_keeper_;
    std::vector<std::unique_ptr<Adapter>> adapters_;
};

}  // namespace rialto
