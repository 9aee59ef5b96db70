#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rialto::contract {

/// A folder that is gone with the object.
class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// A program that this test started. Killed with the object, by its own process id, and with the test itself.
/// A program that is missing throws: what a test needs and has not is a failure.
class Process {
public:
    explicit Process(std::vector<std::string> command);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void send_signal(int signal);
    /// Stops it from running, and returns when none of its threads does; SIGCONT undoes that.
    void freeze();
    /// Sends the signal and waits until the process has gone.
    void end(int signal);
    /// Waits for its end. @return the exit code
    int wait();
    bool is_running();

    /// What it wrote to its standard output since the last call; waits up to `within` for the first byte.
    std::string read_output(std::chrono::milliseconds within);

private:
    pid_t pid_ = -1;
    int output_ = -1;
};

/// Runs a program to its end with `input` on its standard input, and throws where it does not exit with 0.
void run_to_end(std::vector<std::string> command, const std::string& input = {});

/// A TCP port of 127.0.0.1 that nobody listened on a moment ago.
std::uint16_t free_port();
/// Waits until somebody accepts connections on the port; throws where nobody does.
void wait_for_port(std::uint16_t port, Process& server);

}  // namespace rialto::contract
