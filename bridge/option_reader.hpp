#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "bridge/diagnostic.hpp"
#include "bridge/substitution.hpp"
#include "bridge/toml_document.hpp"
#include "core/options.hpp"

namespace rialto::bridge {

/// What every reader of a part of the configuration needs.
struct ReadingContext {
    Diagnostics& diagnostics;
    Environment environment;
    std::filesystem::path folder;  ///< where relative paths begin
    bool is_complete = true;       ///< whether missing keys may be complained of

    SourceRange place_of(const toml::node& node) const { return range_of(node.source(), diagnostics); }
    SourceRange place_of(const toml::key& key) const { return range_of(key.source(), diagnostics); }
    /// Of `size` bytes at byte `offset` inside a string, where it stands on one line as it is; else of the whole value.
    SourceRange place_inside(SourceRange value, std::string_view content, std::size_t offset, std::size_t size) const;
};

/// Reads one table as its schema says and reports everything that is wrong with it.
/// @param where  how errors call the table: "[[routes]]", "[listeners.web]", "the file"
OptionValues read_options(const toml::table& table, const Schema& schema, std::string_view where, ReadingContext& context);

/// Visits the tables of a list such as [[routes]], and reports what is none. @param node  null where there are none
void for_each_table(const toml::node* node, std::string_view name, ReadingContext& context,
                    const std::function<void(const toml::table&)>& visit);

/// A string with its `${…}` replaced; nothing where that went wrong, which is reported.
std::optional<std::string> read_text(const toml::node& node, ReadingContext& context);

/// "an integer", "a table": what the file has there.
std::string_view toml_type_name(const toml::node& node) noexcept;

}  // namespace rialto::bridge
