#pragma once

#include <optional>

#include "bridge/config.hpp"

namespace rialto::bridge {

/// The adapters of this program, for reading configurations with; nothing in it runs. Lives as long as what was read.
class Catalog {
public:
    Catalog();
    const Gateway& gateway() const noexcept { return gateway_; }

private:
    Gateway gateway_;
};

/// Reads a configuration; what is wrong with it goes to standard error.
/// @param file  empty: the built-in configuration
std::optional<Config> read_or_report(const std::string& file, const std::vector<std::string>& overrides,
                                     const Catalog& catalog, Diagnostics& diagnostics);

}  // namespace rialto::bridge
