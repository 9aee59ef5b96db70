#pragma once

#include <filesystem>
#include <string>
#include <unistd.h>

#include "core/store/store.hpp"
#include "tests/support/memory_engine.hpp"

namespace rialto::test {

/// A shard without a thread, with a journal to a disk.
struct Home {
    explicit Home(Disk& disk) : store(std::make_unique<MemoryEngine>(disk), metrics) {}

    /// Runs turns until `reached`, for ten seconds at most.
    template <typename Condition>
    bool run_until(Condition reached) {
        const auto deadline = Clock::now() + std::chrono::seconds(10);
        while (!reached() && Clock::now() < deadline) shard.run_ready();
        return reached();
    }
    /// Until all that was given to the journal is written.
    bool settle() {
        const auto turn = journal.turn();
        bool is_done = false;
        journal.call_when_written([&] { is_done = true; });
        return run_until([&] { return is_done && journal.written() >= turn; });
    }

    Metrics metrics;
    Shard shard{0};
    store::Store store;
    store::Journal journal{store, shard};
};

/// Who publishes: counts what became of the messages.
struct Publisher final : Settler {
    using Settler::Settler;
    void settled(std::uint64_t, Outcome outcome) noexcept override { ++(outcome == Outcome::accepted ? accepted : others); }
    int accepted = 0;
    int others = 0;
};

/// A folder that goes with the test.
struct TemporaryFolder {
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "rialto-store-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

}  // namespace rialto::test
