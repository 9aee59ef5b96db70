#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>
#include <cstdlib>
#include <iostream>

#include "bridge/cli/commands.hpp"
#include "bridge/cli/read_or_report.hpp"
#include "bridge/runtime.hpp"
#include "bridge/service_manager.hpp"

namespace rialto::bridge {
namespace {

void offer_echo(Config& config) {
    for (EndpointConfig& listener : config.listeners) {
        if (listener.schema->find("test_echo")) listener.options.set("test_echo", true);
    }
}

/// SIGTERM, SIGINT and SIGHUP, from its construction on: one that comes while the gateway starts is not missed.
class Signals {
public:
    Signals() { watch(); }

    /// Returns on SIGTERM and SIGINT.
    void obey(std::function<void()> on_hangup) {
        on_hangup_ = std::move(on_hangup);
        io_.run();
    }

private:
    void watch() {
        signals_.async_wait([this](const boost::system::error_code&, int signal) {
            if (signal != SIGHUP) return;
            on_hangup_();
            watch();
        });
    }

    std::function<void()> on_hangup_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
};

/// Reads the file again; with a mistake in it nothing changes.
void reload(Runtime& runtime, const RunArguments& arguments, const Catalog& catalog) {
    Diagnostics diagnostics;
    auto config = read_or_report(arguments.file, arguments.overrides, catalog, diagnostics);
    if (!config) return log::error("reload refused, nothing changed", {{"errors", std::to_string(diagnostics.count())}});
    const auto [level, format] = std::pair(config->log_level, config->log_format);
    if (arguments.test_echo) offer_echo(*config);
    if (const auto reloaded = runtime.reload(std::move(*config)); reloaded.has_error()) {
        return log::error("reload refused, nothing changed", {{"error", reloaded.error().message}});
    }
    log::configure(level, format);
    log::info("reloaded", {{"routes", std::to_string(runtime.config().routes.size())}});
}

}  // namespace

ExitCode run(const RunArguments& arguments) {
    const Catalog catalog;
    Diagnostics diagnostics;
    auto config = read_or_report(arguments.file, arguments.overrides, catalog, diagnostics);
    if (!config) return ExitCode::wrong_input;
    log::configure(config->log_level, config->log_format);
    if (arguments.test_echo) offer_echo(*config);
    Runtime runtime(std::move(*config), diagnostics);
    if (!diagnostics.empty()) {
        std::cerr << diagnostics.text();
        return ExitCode::wrong_input;
    }
    if (arguments.test_spread) runtime.gateway().placement().spread();
    Signals signals;
    if (const auto started = runtime.start(); started.has_error()) {
        std::cerr << "rialto: " << started.error().message << "\n";
        return ExitCode::wrong_input;
    }
    log::info("running", {{"name", runtime.config().name},
                          {"listeners", std::to_string(runtime.config().listeners.size())},
                          {"backends", std::to_string(runtime.config().backends.size())},
                          {"routes", std::to_string(runtime.config().routes.size())}});
    tell_service_manager("READY=1");
    signals.obey([&] { reload(runtime, arguments, catalog); });
    tell_service_manager("STOPPING=1");
    log::info("stopping");
    runtime.drain();
    log::info("stopped");
    return ExitCode::done;
}

}  // namespace rialto::bridge
