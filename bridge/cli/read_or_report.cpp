#include "bridge/cli/read_or_report.hpp"

#include <iostream>

#include "bridge/builtin_adapters.hpp"
#include "bridge/runtime.hpp"

namespace rialto::bridge {

Catalog::Catalog() : gateway_({"catalog", 1, true}) { add_builtin_adapters(gateway_); }

std::optional<Config> read_or_report(const std::string& file, const std::vector<std::string>& overrides,
                                     const Catalog& catalog, Diagnostics& diagnostics) {
    Result<ConfigSource> source = file.empty() ? Result<ConfigSource>(built_in_config()) : load_config_file(file);
    if (source.has_error()) {
        std::cerr << "rialto: " << source.error().message << "\n";
        return std::nullopt;
    }
    source->overrides = overrides;
    Config config = read_config(*source, catalog.gateway(), diagnostics);
    if (diagnostics.empty()) return config;
    const Runtime looked_closer(std::move(config), diagnostics);  // for what adapters refuse besides
    std::cerr << diagnostics.text();
    return std::nullopt;
}

}  // namespace rialto::bridge
