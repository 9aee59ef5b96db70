#include "bridge/toml_document.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace rialto::bridge {
namespace {

constexpr int most_syntax_errors = 10;  // beyond that it is no TOML at all

struct SyntaxError {
    SourceRange place;
    std::string message;
};

std::string as_sentence(std::string_view description) {
    // "Error while parsing key-value pair: ..." says how the parser is built; what follows says what is wrong.
    constexpr std::string_view prefix = "Error while parsing ";
    if (description.starts_with(prefix)) {
        const auto colon = description.find(": ");
        if (colon != std::string_view::npos) description.remove_prefix(colon + 2);
    }
    return std::string(description);
}

/// toml++ throws; nothing of that leaves this function.
bool parse(std::string_view text, std::uint16_t source, toml::table& out, SyntaxError& error) {
    try {
        out = toml::parse(text, std::to_string(source));
        return true;
    } catch (const toml::parse_error& failed) {
        const toml::source_position at = failed.source().begin;
        error.place = {std::max<std::uint32_t>(at.line, 1), std::max<std::uint32_t>(at.column, 1), 1, source};
        error.message = as_sentence(failed.description());
        return false;
    }
}

std::size_t value_offset(std::string_view line) {
    const auto equals = line.find('=');
    return equals == std::string_view::npos ? equals : line.find_first_not_of(" \t", equals + 1);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Says what most often is the reason, rather than what the parser waited for.
void report(SyntaxError error, Diagnostics& diagnostics) {
    const std::string_view line = diagnostics.line(error.place);
    const std::size_t value = value_offset(line);
    const std::size_t at = byte_of_code_point(line, error.place.column - 1);
    if (at >= line.size() && error.message.find("control characters") != std::string::npos) {
        error.message = "the string has no closing quote";
        error.place.column = static_cast<std::uint32_t>(code_points(line.substr(0, std::min(value, line.size()))) + 1);
        error.place.length = static_cast<std::uint32_t>(line.size());
    } else if (value < line.size() && is_letter(line[value]) && at >= value) {
        const std::string_view word = line.substr(value, line.find_first_of(" \t#,", value) - value);
        if (word != "true" && word != "false") {
            error.message = "a string needs quotes: \"" + std::string(word) + "\"";
            error.place.column = static_cast<std::uint32_t>(code_points(line.substr(0, value)) + 1);
            error.place.length = static_cast<std::uint32_t>(code_points(word));
        }
    }
    diagnostics.error(error.place, error.message);
}

/// Blanks the line, or puts a table that nobody reads in the place of a broken header, so that the keys below it are
/// not taken for another table's.
void leave_out_line(std::string& text, std::uint32_t line) {
    std::size_t begin = 0;
    for (std::uint32_t i = 1; i < line && begin != std::string::npos; ++i) {
        begin = text.find('\n', begin);
        if (begin != std::string::npos) ++begin;
    }
    if (begin == std::string::npos) return;
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::size_t first = text.find_first_not_of(" \t", begin);
    const bool is_header = first < end && text[first] == '[';
    text.replace(begin, end - begin, is_header ? "[" + std::string(left_out_table) + std::to_string(line) + "]" : "");
}

bool is_blank_between(std::string_view text, std::uint32_t after, std::uint32_t before) {
    std::uint32_t line = 1;
    for (const char c : text) {
        if (c == '\n') {
            ++line;
        } else if (line > after && line < before && std::isspace(static_cast<unsigned char>(c)) == 0) {
            return false;
        }
    }
    return true;
}

void merge(toml::node& into, toml::table&& from);

void merge_key(toml::table& into, const toml::key& key, toml::node&& value) {
    toml::node* const known = into.get(key.str());
    if (known && value.is_table() && (known->is_table() || known->is_array())) {
        merge(*known, std::move(*value.as_table()));
        return;
    }
    std::move(value).visit([&](auto&& node) { into.insert_or_assign(key, std::move(node)); });
}

void merge(toml::node& into, toml::table&& from) {
    for (auto&& [key, value] : from) {
        if (toml::table* const table = into.as_table()) {
            merge_key(*table, key, std::move(value));
            continue;
        }
        std::size_t index = 0;
        const std::string_view digits = key.str();
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
        toml::array& list = *into.as_array();
        if (index < list.size() && list[index].is_table() && value.is_table()) {
            merge(list[index], std::move(*value.as_table()));
        }
    }
}

void apply_override(const std::string& text, toml::table& root, Diagnostics& diagnostics) {
    const std::uint16_t source = diagnostics.add_source("--set " + text, text);
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        diagnostics.error({1, 1, 1, source}, "expected KEY=VALUE");
        return;
    }
    toml::table table;
    SyntaxError error;
    bool parsed = parse(text, source, table, error);
    if (!parsed) {
        std::string quoted = text.substr(0, equals + 1) + "\"";
        for (const char c : text.substr(equals + 1)) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
        parsed = parse(quoted + "\"", source, table, error);
    }
    if (!parsed) return diagnostics.error(error.place, error.message);
    merge(root, std::move(table));
}

}  // namespace

TomlDocument read_document(const std::string& name, std::string_view text, const std::vector<std::string>& overrides,
                           Diagnostics& diagnostics) {
    const std::uint16_t source = diagnostics.add_source(name, text);
    TomlDocument document;
    std::string rest(text);
    SyntaxError error;
    std::uint32_t last_line = 0;
    for (int errors = 0; !parse(rest, source, document.root, error); ++errors) {
        document.is_complete = false;
        // What breaks right behind a broken line mostly is the same mistake.
        const bool follows = last_line != 0 && error.place.line >= last_line &&
                             is_blank_between(rest, last_line, error.place.line);
        if (!follows) report(error, diagnostics);
        if (errors + 1 == most_syntax_errors || error.place.line <= last_line) break;
        last_line = error.place.line;
        leave_out_line(rest, error.place.line);
    }
    for (const std::string& override_text : overrides) apply_override(override_text, document.root, diagnostics);
    return document;
}

SourceRange range_of(const toml::source_region& region, const Diagnostics& diagnostics) {
    SourceRange range;
    if (region.begin.line == 0) return range;
    range.line = region.begin.line;
    range.column = region.begin.column;
    if (region.path) {
        std::from_chars(region.path->data(), region.path->data() + region.path->size(), range.source);
    }
    const std::size_t width = code_points(diagnostics.line(range));
    const std::uint32_t end = region.end.line == region.begin.line ? region.end.column
                                                                   : static_cast<std::uint32_t>(width + 1);
    range.length = end > range.column ? end - range.column : 1;
    return range;
}

}  // namespace rialto::bridge
