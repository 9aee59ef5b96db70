#pragma once

#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

#include "bridge/diagnostic.hpp"

namespace rialto::bridge {

/// Tables whose header could not be read are called this and a number; nobody looks into them.
inline constexpr std::string_view left_out_table = "rialto-left-out-";

/// A configuration as toml++ read it, with the overrides of the command line in place.
struct TomlDocument {
    toml::table root;
    /// False where a syntax error made us leave lines out: then nothing can be said to be missing.
    bool is_complete = true;
};

/// Reads `text` (called `name` in errors) and then each override, "listeners.web.url=http://127.0.0.1:9000", whose value
/// is TOML where it can be and a string otherwise. After a syntax error it goes on without that line, so that one run
/// tells more than one mistake.
TomlDocument read_document(const std::string& name, std::string_view text, const std::vector<std::string>& overrides,
                           Diagnostics& diagnostics);

/// Where a node or key stands.
SourceRange range_of(const toml::source_region& region, const Diagnostics& diagnostics);

}  // namespace rialto::bridge
