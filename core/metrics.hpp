#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto {

/// A count that only one thread raises and all may read: costs an ordinary addition. Lives on: one shard.
class Counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A value that goes up and down, changed by any thread.
class Gauge {
public:
    void add(std::int64_t change) noexcept { value_.fetch_add(change, std::memory_order_relaxed); }
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// All counters of a gateway. Counters live as long as the registry and are never taken back. @thread any
class Metrics {
public:
    /// A new counter of the family; those with equal labels are added up when read, so each shard has its own.
    /// @param name  as Prometheus wants it: "rialto_messages_received_total"
    Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
    /// The gauge of the family with these labels: the same one for everybody who asks.
    Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});

    /// Prometheus text exposition format 0.0.4.
    std::string text() const;
    /// The sum of all counters of the family, whatever their labels. For tests and $SYS.
    std::uint64_t total(std::string_view name) const;

private:
    struct Family {
        std::string help;
        bool is_counter = true;
        std::deque<std::pair<Labels, Counter>> counters;
        std::deque<std::pair<Labels, Gauge>> gauges;
    };

    Family& family(std::string_view name, std::string_view help, bool is_counter);

    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;
};

}  // namespace rialto
