#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "core/store/engine.hpp"

namespace rialto::test {

/// A store in memory that outlives whoever uses it, and that can be told to fail or to be slow.
struct Disk {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, std::string, std::less<>> keys;
    std::size_t writes = 0;
    std::atomic<bool> is_full = false;
    bool is_held = false;

    void hold() {
        const std::lock_guard lock(mutex);
        is_held = true;
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        is_held = false;
        changed.notify_all();
    }
};

class MemoryEngine final : public store::Engine {
public:
    explicit MemoryEngine(Disk& disk) : disk_(disk) {}

    Result<void> write(std::span<const store::Batch> batches) override {
        std::unique_lock lock(disk_.mutex);
        disk_.changed.wait(lock, [this] { return !disk_.is_held; });
        if (disk_.is_full) return fail(Errc::unreachable, "no space left on device");
        ++disk_.writes;
        for (const store::Batch& batch : batches) batch.replay(Changer{disk_.keys});
        return {};
    }
    Result<void> read(std::string_view from, std::string_view to, const Visit& visit) override {
        const std::lock_guard lock(disk_.mutex);
        for (auto at = disk_.keys.lower_bound(from); at != disk_.keys.end() && at->first < to; ++at) {
            if (!visit(at->first, at->second)) break;
        }
        return {};
    }
    Result<std::optional<Bytes>> find(std::string_view key) override {
        const std::lock_guard lock(disk_.mutex);
        const auto found = disk_.keys.find(key);
        return found == disk_.keys.end() ? std::nullopt : std::optional<Bytes>(found->second);
    }
    Result<std::optional<Bytes>> last_key(std::string_view from, std::string_view to) override {
        const std::lock_guard lock(disk_.mutex);
        auto at = disk_.keys.lower_bound(to);
        if (at == disk_.keys.begin() || (--at)->first < from) return std::optional<Bytes>();
        return std::optional<Bytes>(at->first);
    }
    std::string place() const override { return "memory"; }

private:
    struct Changer {
        std::map<std::string, std::string, std::less<>>& keys;
        void put(std::string_view key, std::string_view value) const { keys[std::string(key)] = value; }
        void erase(std::string_view key) const { keys.erase(std::string(key)); }
        void erase_range(std::string_view from, std::string_view to) const {
            keys.erase(keys.lower_bound(from), keys.lower_bound(to));
        }
    };
    Disk& disk_;
};

}  // namespace rialto::test
