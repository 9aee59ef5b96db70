#include "tests/bench/server_process.hpp"

#include "tests/bench/failure.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <thread>

namespace bench {

ServerProcess::ServerProcess(pid_t pid) : pid_(pid) {
    errno = clock_getcpuclockid(pid, &clock_);
    if (errno != 0) fail_with_errno("process " + std::to_string(pid));
}

std::chrono::nanoseconds ServerProcess::cpu_time() const {
    timespec time{};
    if (clock_gettime(clock_, &time) != 0)
        fail_with_errno("the CPU clock of process " + std::to_string(pid_));
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t ServerProcess::resident_memory() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    std::string word;
    while (status >> word) {
        if (word != "VmRSS:") continue;
        std::size_t kibibytes = 0;
        status >> kibibytes;
        return kibibytes * 1024;
    }
    throw Failure("/proc tells no VmRSS of process " + std::to_string(pid_));
}

std::size_t ServerProcess::settled_memory() const {
    using namespace std::chrono_literals;
    std::size_t memory = resident_memory();
    int unchanged = 0;
    for (int i = 0; i < 75 && unchanged < 5; ++i) {
        std::this_thread::sleep_for(200ms);
        const std::size_t now = resident_memory();
        unchanged = now == memory ? unchanged + 1 : 0;
        memory = now;
    }
    return memory;
}

}  // namespace bench
