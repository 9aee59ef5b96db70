#include "tests/contract/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

namespace rialto::contract {
namespace {

using Clock = std::chrono::steady_clock;

struct Child {
    pid_t pid;
    int input;   ///< write end of its standard input, or -1
    int output;  ///< read end of its standard output
};

[[noreturn]] void become(const std::vector<char*>& arguments, int input, int output) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

Child start(std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork");
    if (pid == 0) become(arguments, input[0], output[1]);
    ::close(input[0]);
    ::close(output[1]);
    return {pid, input[1], output[0]};
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool is_free(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int reuse = 1;  // as servers do: connections that have ended are nobody's
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    const sockaddr_in address = loopback(port);
    const bool was_bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return was_bound;
}

bool somebody_listens(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool connected = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return connected;
}

}  // namespace

TempFolder::TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rialto-contract-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    path_ = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Process::Process(std::vector<std::string> command) {
    const Child child = start(command);
    ::close(child.input);
    pid_ = child.pid;
    output_ = child.output;
}

Process::~Process() {
    if (pid_ > 0) end(SIGKILL);
    ::close(output_);
}

void Process::send_signal(int signal) {
    if (pid_ > 0) ::kill(pid_, signal);
}

void Process::freeze() {
    send_signal(SIGSTOP);
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WUNTRACED) == pid_ && !WIFSTOPPED(status)) pid_ = -1;
}

void Process::end(int signal) {
    send_signal(signal);
    wait();
}

int Process::wait() {
    int status = 0;
    if (pid_ > 0) ::waitpid(std::exchange(pid_, -1), &status, 0);
    return exit_code_of(status);
}

bool Process::is_running() {
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) pid_ = -1;
    return pid_ > 0;
}

std::string Process::read_output(std::chrono::milliseconds within) {
    std::string out;
    pollfd ready{output_, POLLIN, 0};
    while (::poll(&ready, 1, out.empty() ? static_cast<int>(within.count()) : 0) > 0) {
        std::array<char, 65536> buffer;
        const ssize_t size = ::read(output_, buffer.data(), buffer.size());
        if (size <= 0) break;
        out.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return out;
}

void run_to_end(std::vector<std::string> command, const std::string& input) {
    const Child child = start(command);
    std::size_t written = 0;
    while (written < input.size()) {
        const ssize_t size = ::write(child.input, input.data() + written, input.size() - written);
        if (size <= 0) break;
        written += static_cast<std::size_t>(size);
    }
    ::close(child.input);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    ::close(child.output);
    if (const int code = exit_code_of(status); code != 0) {
        throw std::runtime_error("'" + command[0] + "' ended with " + std::to_string(code) +
                                 (code == 127 ? ": is it installed?" : ""));
    }
}

std::uint16_t free_port() {
    // Below the range that outgoing connections take theirs from, and beside the ports of the Python tests.
    static constexpr std::uint16_t first = 10'000, count = 10'000;
    static std::atomic<unsigned> turn = std::random_device()();
    for (unsigned tried = 0; tried < count; ++tried) {
        const auto port = static_cast<std::uint16_t>(first + turn++ % count);
        if (is_free(port)) return port;
    }
    throw std::runtime_error("no free port from 10000 to 19999");
}

void wait_for_port(std::uint16_t port, Process& server) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!somebody_listens(port)) {
        if (!server.is_running()) throw std::runtime_error("the broker did not start: is it installed?");
        if (Clock::now() > deadline) throw std::runtime_error("the broker does not accept connections");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace rialto::contract
