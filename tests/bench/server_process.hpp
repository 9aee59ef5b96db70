#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>

#include <sys/types.h>

namespace bench {

/// The server under test, seen from outside.
class ServerProcess {
public:
    explicit ServerProcess(pid_t pid);  ///< fails when there is no such process

    /// User and system time of all its threads together, also of those that ended.
    [[nodiscard]] std::chrono::nanoseconds cpu_time() const;

    /// Bytes of memory that are resident (VmRSS): its own, without the kernel's socket buffers.
    [[nodiscard]] std::size_t resident_memory() const;

    /// The same after it has not changed for a second; waits for that at most fifteen seconds.
    [[nodiscard]] std::size_t settled_memory() const;

private:
    pid_t pid_;
    clockid_t clock_{};
};

}  // namespace bench
