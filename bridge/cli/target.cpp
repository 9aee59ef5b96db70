#include "bridge/cli/target.hpp"

#include <atomic>
#include <csignal>
#include <iostream>

namespace rialto::bridge {
namespace {

constexpr const char* table = "backends.target.";

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_interrupt(int) { interrupted = true; }

}  // namespace

Result<std::unique_ptr<Target>> Target::make(const std::string& url, const std::vector<std::string>& settings) {
    ConfigSource source;
    source.overrides.push_back(table + ("url=" + url));
    for (const std::string& setting : settings) source.overrides.push_back(table + setting);
    std::unique_ptr<Target> target(new Target);
    Diagnostics diagnostics;
    target->config_ = read_config(source, target->catalog_.gateway(), diagnostics);
    if (!diagnostics.empty()) {
        const Diagnostic& first = diagnostics.all().front();
        return fail(Errc::invalid, first.message + (first.hint.empty() ? "" : " (" + first.hint + ")"));
    }
    const EndpointConfig& endpoint = target->config_.backends.front();
    if (endpoint.url.scheme == "mqtt" || endpoint.url.scheme == "mqtts") {
        target->client_ = make_paho_client(endpoint);
        return target;
    }
    auto client = make_adapter_client(endpoint);
    if (client.has_error()) return client.error();
    target->client_ = std::move(*client);
    return target;
}

bool was_interrupted() {
    static const bool is_watching = [] {
        std::signal(SIGINT, on_interrupt);
        std::signal(SIGTERM, on_interrupt);
        return true;
    }();
    return is_watching && interrupted;
}

ExitCode report(const Error& error) {
    std::cerr << "rialto: " << error.message << "\n";
    return exit_code_of(error);
}

}  // namespace rialto::bridge
