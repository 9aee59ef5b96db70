#include "bridge/option_reader.hpp"

#include <array>
#include <unistd.h>

#include "bridge/suggestion.hpp"

namespace rialto::bridge {
namespace {

namespace fs = std::filesystem;

/// Reads the keys of one table. One object per table.
class TableReader {
public:
    TableReader(const toml::table& table, const Schema& schema, std::string_view where, ReadingContext& context)
        : table_(table), schema_(schema), where_(where), context_(context), values_(schema) {}

    OptionValues read() {
        for (auto&& [key, node] : table_) {
            const std::string name(key.str());
            if (const OptionSpec* const spec = schema_.find(name); spec && !spec->is_internal) {
                read_key(*spec, key, node);
            } else {
                report_unknown(key, name);
            }
        }
        if (context_.is_complete) report_missing();
        return std::move(values_);
    }

private:
    void report_unknown(const toml::key& key, const std::string& name) {
        std::vector<std::string> known;
        for (const OptionSpec& spec : schema_.specs()) {
            if (!spec.is_internal) known.push_back(spec.name);
        }
        error(context_.place_of(key), "unknown key '" + name + "' in " + std::string(where_), did_you_mean(name, known));
    }

    void report_missing() {
        for (const OptionSpec& spec : schema_.specs()) {
            if (spec.is_required && !table_.contains(spec.name)) {
                error(context_.place_of(table_), "missing key '" + spec.name + "' in " + std::string(where_));
            }
        }
    }

    void read_key(const OptionSpec& spec, const toml::key& key, const toml::node& node) {
        if (spec.is_promised) {
            return error(context_.place_of(key), "'" + spec.name + "' is not supported by this version");
        }
        const SourceRange place = context_.place_of(node);
        switch (spec.type) {
            case OptionType::table:
                return read_table(spec, node, place);
            case OptionType::text_list:
                return read_list(spec, node, place);
            case OptionType::text_map:
                return read_map(spec, node, place);
            default:
                return read_scalar(spec, node, place);
        }
    }

    void read_table(const OptionSpec& spec, const toml::node& node, SourceRange place) {
        const toml::table* const table = node.as_table();
        if (!table) return report_type(spec, node, place);
        const std::string inside = "'" + spec.name + "' of " + std::string(where_);
        auto values = std::make_shared<const OptionValues>(read_options(*table, *spec.table, inside, context_));
        values_.set(spec.name, std::move(values), place);
    }

    void read_list(const OptionSpec& spec, const toml::node& node, SourceRange place) {
        std::vector<std::string> texts;
        std::vector<SourceRange> places;
        const auto add = [&](const toml::node& item) {
            if (!item.is_string()) return report_type(spec, item, context_.place_of(item));
            if (auto text = read_text(item, context_)) {
                texts.push_back(std::move(*text));
                places.push_back(context_.place_of(item));
            }
        };
        if (const toml::array* const list = node.as_array()) {
            if (list->empty() && spec.is_required) return error(place, "'" + spec.name + "' is empty");
            for (const toml::node& item : *list) add(item);
        } else {
            add(node);
        }
        values_.set(spec.name, std::move(texts), place, std::move(places));
    }

    void read_map(const OptionSpec& spec, const toml::node& node, SourceRange place) {
        const toml::table* const table = node.as_table();
        if (!table) return report_type(spec, node, place);
        TextMap map;
        for (auto&& [key, item] : *table) {
            if (auto text = map_text(spec, item)) map.emplace(key.str(), std::move(*text));
        }
        values_.set(spec.name, std::move(map), place);
    }

    /// Free-form tables take numbers and booleans too, as their text.
    std::optional<std::string> map_text(const OptionSpec& spec, const toml::node& item) {
        if (item.is_string()) return read_text(item, context_);
        if (const auto number = item.value_exact<std::int64_t>()) return std::to_string(*number);
        if (const auto truth = item.value_exact<bool>()) return *truth ? "true" : "false";
        report_type(spec, item, context_.place_of(item));
        return std::nullopt;
    }

    void read_scalar(const OptionSpec& spec, const toml::node& node, SourceRange place) {
        const std::optional<OptionValue> value = scalar(spec, node, place);
        if (!value) return;
        if (const auto checked = check_option(spec, *value); checked.has_error()) {
            const auto* const text = std::get_if<std::string>(&*value);
            return error(place, checked.error().message, text ? did_you_mean(*text, spec.allowed) : std::string());
        }
        values_.set(spec.name, *value, place);
    }

    std::optional<OptionValue> scalar(const OptionSpec& spec, const toml::node& node, SourceRange place) {
        if (const auto truth = node.value_exact<bool>(); truth && spec.type == OptionType::boolean) return *truth;
        if (const auto number = node.value_exact<std::int64_t>()) {
            if (spec.type == OptionType::integer) return *number;
            if (spec.type == OptionType::number) return static_cast<double>(*number);
            if (spec.type == OptionType::size && *number >= 0) return static_cast<std::uint64_t>(*number);
        }
        if (const auto number = node.value_exact<double>(); number && spec.type == OptionType::number) return *number;
        const bool takes_text = spec.type == OptionType::text || spec.type == OptionType::file ||
                                spec.type == OptionType::directory || spec.type == OptionType::duration ||
                                spec.type == OptionType::size || spec.type == OptionType::rate;
        // What came from the command line needs no quotes.
        if (!node.is_string() && takes_text && place.source > 0) return from_text(spec, override_text(place), place);
        if (!node.is_string() || !takes_text) {
            report_type(spec, node, place);
            return std::nullopt;
        }
        const auto text = read_text(node, context_);
        return text ? from_text(spec, *text, place) : std::nullopt;
    }

    std::optional<OptionValue> from_text(const OptionSpec& spec, const std::string& text, SourceRange place) {
        if (spec.type == OptionType::file || spec.type == OptionType::directory) return path_from(spec, text, place);
        if (spec.type == OptionType::text) return text;
        Result<OptionValue> value = parse_option(spec, text);
        if (value.has_value()) return std::move(*value);
        error(place, value.error().message);
        return std::nullopt;
    }

    std::optional<OptionValue> path_from(const OptionSpec& spec, const std::string& text, SourceRange place) {
        const fs::path path = context_.folder / text;
        std::error_code failed;
        const bool is_folder = fs::is_directory(path, failed);
        const char* trouble = nullptr;
        if (!fs::exists(path, failed)) {
            trouble = "does not exist";
        } else if (is_folder != (spec.type == OptionType::directory)) {
            trouble = is_folder ? "is a folder, not a file" : "is no folder";
        } else if (::access(path.c_str(), R_OK) != 0) {
            trouble = "can't be read";
        }
        if (!trouble) return path.string();
        error(place, "'" + spec.name + "': '" + path.string() + "' " + trouble);
        return std::nullopt;
    }

    std::string override_text(SourceRange place) const {
        const std::string_view line = context_.diagnostics.line({1, 1, 1, place.source});
        return std::string(line.substr(std::min(line.find('=') + 1, line.size())));
    }

    void report_type(const OptionSpec& spec, const toml::node& node, SourceRange place) {
        error(place, "'" + spec.name + "' must be " + std::string(type_name(spec.type)) + ", not " +
                         std::string(toml_type_name(node)));
    }

    void error(SourceRange place, std::string message, std::string hint = {}) {
        context_.diagnostics.error(place, std::move(message), std::move(hint));
    }

    const toml::table& table_;
    const Schema& schema_;
    std::string_view where_;
    ReadingContext& context_;
    OptionValues values_;
};

}  // namespace

SourceRange ReadingContext::place_inside(SourceRange value, std::string_view content, std::size_t offset,
                                         std::size_t size) const {
    const std::string_view line = diagnostics.line(value);
    const std::size_t begin = byte_of_code_point(line, value.column);  // one past the quote
    // Escapes, substitutions and strings of several lines are not in the file as they are here.
    if (value.column == 0 || line.substr(std::min(begin, line.size()), content.size()) != content) return value;
    value.column += static_cast<std::uint32_t>(1 + code_points(content.substr(0, offset)));
    value.length = static_cast<std::uint32_t>(std::max<std::size_t>(1, code_points(content.substr(offset, size))));
    return value;
}

OptionValues read_options(const toml::table& table, const Schema& schema, std::string_view where, ReadingContext& context) {
    return TableReader(table, schema, where, context).read();
}

std::optional<std::string> read_text(const toml::node& node, ReadingContext& context) {
    const std::string& raw = **node.as_string();
    Substituted text = substitute(raw, context.environment);
    if (text.has_value()) return std::move(*text);
    const SubstitutionError& failed = text.error();
    context.diagnostics.error(context.place_inside(context.place_of(node), raw, failed.offset, failed.size),
                              failed.message);
    return std::nullopt;
}

std::string_view toml_type_name(const toml::node& node) noexcept {
    static constexpr std::array<std::string_view, 10> names{"nothing", "a table",  "a list", "a string", "an integer",
                                                            "a number", "a boolean", "a date", "a time",   "a date and time"};
    return names[static_cast<std::size_t>(node.type())];
}

void for_each_table(const toml::node* node, std::string_view name, ReadingContext& context,
                    const std::function<void(const toml::table&)>& visit) {
    if (!node) return;
    const std::string hint = "write [[" + std::string(name) + "]]";
    const toml::array* const list = node->as_array();
    if (!list) return context.diagnostics.error(context.place_of(*node), "'" + std::string(name) + "' must be a list of tables", hint);
    for (const toml::node& item : *list) {
        if (const toml::table* const table = item.as_table()) {
            visit(*table);
        } else {
            context.diagnostics.error(context.place_of(item),
                                      "'" + std::string(name) + "' must be a list of tables, not of " + std::string(toml_type_name(item)),
                                      hint);
        }
    }
}

}  // namespace rialto::bridge
