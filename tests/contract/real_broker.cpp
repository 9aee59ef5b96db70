#include "tests/contract/real_broker.hpp"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

namespace rialto::contract {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto ready_within = std::chrono::seconds(60);  // a loaded machine is several times slower than an idle one

std::string text_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string line_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

/// Ports that it needs beside those that anybody connects to.
std::vector<std::string> inner_ports_of(const std::string& kind) {
    if (kind == "kafka") return {"controller"};
    if (kind == "rabbitmq") return {"epmd", "dist"};
    return {};
}

}  // namespace

RealBroker::RealBroker(std::string kind, const std::vector<std::string>& port_names, bool with_tls,
                       std::vector<std::string> settings)
    : kind_(std::move(kind)), settings_(std::move(settings)) {
    for (const std::string& name : port_names) ports_.emplace(name, free_port());
    for (const std::string& name : inner_ports_of(kind_)) ports_.emplace(name, free_port());
    if (with_tls) certificate_ = std::make_unique<Certificate>(folder_.path());
    restart();
}

void RealBroker::pause() { process_->freeze(); }
void RealBroker::resume() { process_->send_signal(SIGCONT); }
void RealBroker::kill() { process_.reset(); }
void RealBroker::end() {
    process_->end(SIGTERM);
    process_.reset();
}

void RealBroker::restart() {
    std::filesystem::remove(folder_.path() / "ready");
    std::vector<std::string> command{RIALTO_RUN_BROKER, kind_, folder_.path().string()};
    for (const auto& [name, port] : ports_) command.push_back(name + "=" + std::to_string(port));
    if (certificate_) {
        command.push_back("cert=" + certificate_->cert);
        command.push_back("key=" + certificate_->key);
    }
    command.insert(command.end(), settings_.begin(), settings_.end());
    process_ = std::make_unique<Process>(std::move(command));
    wait_until_ready();
}

void RealBroker::wait_until_ready() {
    const auto deadline = Clock::now() + ready_within;
    while (true) {
        const std::string log = text_of(folder_.path() / "broker.log");
        const std::string words = line_of(folder_.path() / "ready");
        if (!words.empty() && log.find(words) != std::string::npos) break;
        if (!process_->is_running() || Clock::now() > deadline) {
            throw std::runtime_error(kind_ + " did not start:\n" + log.substr(log.size() - std::min<std::size_t>(log.size(), 4000)));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    for (const auto& port : ports_) wait_for_port(port.second, *process_);
}

}  // namespace rialto::contract
