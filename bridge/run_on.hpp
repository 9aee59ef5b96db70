#pragma once

#include <future>

#include "core/shard.hpp"

namespace rialto::bridge {

/// Runs `task` on a shard that runs, and waits for it. @thread any but a shard's
template <typename Task>
void run_on(Shard& shard, Task task) {
    std::promise<void> done;
    shard.post([&] {
        task();
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace rialto::bridge
