#include <algorithm>
#include <iostream>

#include "bridge/cli/commands.hpp"
#include "bridge/cli/read_or_report.hpp"
#include "bridge/guarantee.hpp"
#include "bridge/losses.hpp"
#include "bridge/runtime.hpp"
#include "core/units.hpp"

namespace rialto::bridge {
namespace {

void print_endpoints(const char* title, const std::vector<EndpointConfig>& endpoints) {
    if (endpoints.empty()) return;
    std::cout << title << "\n";
    std::size_t width = 0;
    for (const EndpointConfig& endpoint : endpoints) width = std::max(width, endpoint.name.size());
    for (const EndpointConfig& endpoint : endpoints) {
        std::cout << "  " << endpoint.name << std::string(width - endpoint.name.size() + 2, ' ') << endpoint.url.text() << "\n";
    }
}

void print_routes(const Config& config, const std::string& file) {
    if (config.routes.empty()) return;
    std::cout << "routes\n";
    for (const RouteConfig& route : config.routes) {
        std::cout << "  " << route.name << "\n";
        for (const RouteSource& source : route.from) std::cout << "    from  " << source.place << ":" << source.pattern.text() << "\n";
        for (const RouteTarget& target : route.to) {
            std::cout << "    to    " << target.place << ":" << target.topic.text() << (target.is_required ? "" : "  (not waited for)")
                      << "\n";
            if (const FieldSet lost = losses_of(config, route, target); !lost.empty()) {
                std::cout << "          loses " << names_of(lost) << " (" << file << ":" << target.where.line << ")\n";
            }
        }
        if (route.dead_letter) {
            std::cout << "    dead  " << route.dead_letter->place << ":" << route.dead_letter->topic.text() << "\n";
        }
        std::cout << "    " << guarantee_text(config, route) << "\n";
    }
}

void print_history(const Config& config) {
    if (config.history.empty()) return;
    std::cout << "history\n";
    for (const HistoryRule& rule : config.history) {
        std::cout << "  " << rule.topic.text() << "  " << rule.messages << " messages";
        if (rule.age.count() > 0) std::cout << ", " << duration_text(rule.age);
        std::cout << "\n";
    }
}

}  // namespace

ExitCode check(const CheckArguments& arguments) {
    const Catalog catalog;
    Diagnostics diagnostics;
    auto config = read_or_report(arguments.file, arguments.overrides, catalog, diagnostics);
    if (!config) return ExitCode::wrong_input;
    // Adapters look closer when they make what is described: certificates that belong together, for one.
    const Runtime runtime(std::move(*config), diagnostics);
    if (!diagnostics.empty()) {
        std::cerr << diagnostics.text();
        return ExitCode::wrong_input;
    }
    std::cout << arguments.file << ": ok\n";
    print_endpoints("listeners", runtime.config().listeners);
    print_endpoints("backends", runtime.config().backends);
    print_routes(runtime.config(), arguments.file);
    print_history(runtime.config());
    return ExitCode::done;
}

}  // namespace rialto::bridge
