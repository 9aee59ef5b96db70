#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
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

/// SIGTERM and SIGINT, from its construction on: one that comes while the gateway starts is not missed.
class EndSignal {
public:
    EndSignal() {
        signals_.async_wait([](const boost::system::error_code&, int) {});
    }
    void wait() { io_.run(); }

private:
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_, SIGTERM, SIGINT};
};

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
    EndSignal end;
    if (const auto started = runtime.start(); started.has_error()) {
        std::cerr << "rialto: " << started.error().message << "\n";
        return ExitCode::wrong_input;
    }
    log::info("running", {{"name", runtime.config().name},
                          {"listeners", std::to_string(runtime.config().listeners.size())},
                          {"backends", std::to_string(runtime.config().backends.size())},
                          {"routes", std::to_string(runtime.config().routes.size())}});
    tell_service_manager("READY=1");
    end.wait();
    tell_service_manager("STOPPING=1");
    log::info("stopping");
    runtime.drain();
    log::info("stopped");
    return ExitCode::done;
}

}  // namespace rialto::bridge
