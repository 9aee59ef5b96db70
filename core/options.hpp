#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "core/source_range.hpp"

namespace rialto {

class OptionValues;
class Schema;

enum class OptionType : std::uint8_t {
    text,
    file,       ///< path of a file that has to be there; relative ones start at the configuration's folder
    directory,  ///< path of a folder that has to be there
    boolean,
    integer,
    number,
    duration,   ///< "250ms", "24h"
    size,       ///< bytes: 512, "64KiB"
    rate,       ///< "100/s"
    text_list,  ///< a string, or a list of them
    text_map,   ///< a table whose keys are free
    table,      ///< a table with a schema of its own
};

/// What the type is called in an error: "a duration such as \"5s\"".
std::string_view type_name(OptionType type) noexcept;

using TextMap = std::map<std::string, std::string, std::less<>>;

/// A value of any type above; `std::monostate` where there is none.
using OptionValue = std::variant<std::monostate, std::string, bool, std::int64_t, double, std::chrono::milliseconds,
                                 std::uint64_t, std::vector<std::string>, TextMap, std::shared_ptr<const OptionValues>>;

/// One option, declared once: how it is read, checked, written into the reference file and explained.
struct OptionSpec {
    std::string name;
    OptionType type = OptionType::text;
    OptionValue fallback;              ///< what it is where the file says nothing; monostate: nothing
    std::string help;                  ///< one line, for the reference
    bool is_required = false;
    std::vector<std::string> allowed;  ///< the only values of a text; empty: any
    std::optional<std::pair<std::int64_t, std::int64_t>> range;  ///< of an integer, both ends allowed
    const Schema* table = nullptr;     ///< of a table; lives as long as the program
    std::string example;               ///< as TOML, for the reference, where there is no default
    bool is_promised = false;          ///< part of the language, but not of this version: using it is an error
    bool is_internal = false;          ///< set by the program alone: in a file it is an unknown key

    OptionSpec required() &&;
    OptionSpec one_of(std::vector<std::string> values) &&;
    OptionSpec between(std::int64_t least, std::int64_t most) &&;
    OptionSpec like(std::string toml) &&;  ///< sets `example`
    OptionSpec promised() &&;
    OptionSpec internal() &&;
};

/// Makers of specs, so that a declaration reads as a sentence:
/// `.add(option::duration("connect_timeout", 10s, "how long a CONNECT may take to arrive"))`
namespace option {
OptionSpec text(std::string name, std::string fallback, std::string help);
OptionSpec text(std::string name, std::string help);
OptionSpec file(std::string name, std::string help);
OptionSpec directory(std::string name, std::string help);
OptionSpec boolean(std::string name, bool fallback, std::string help);
OptionSpec integer(std::string name, std::int64_t fallback, std::string help);
OptionSpec number(std::string name, double fallback, std::string help);
OptionSpec duration(std::string name, std::chrono::milliseconds fallback, std::string help);
OptionSpec size(std::string name, std::uint64_t fallback, std::string help);
OptionSpec rate(std::string name, std::string help);
OptionSpec text_list(std::string name, std::vector<std::string> fallback, std::string help);
OptionSpec text_map(std::string name, std::string help);
OptionSpec table(std::string name, const Schema& schema, std::string help);
}  // namespace option

/// The options that one table may have, in the order in which they are explained. Built once, immutable afterwards.
class Schema {
public:
    Schema&& add(OptionSpec spec) &&;
    void add(OptionSpec spec) &;
    /// All options of another schema too, as TLS or limits that several protocols share.
    Schema&& include(const Schema& other) &&;

    const OptionSpec* find(std::string_view name) const noexcept;
    const std::deque<OptionSpec>& specs() const noexcept { return specs_; }

private:
    std::deque<OptionSpec> specs_;
};

/// What one table says, typed by its schema, each value with its place. Defaults are there too, so the getters always
/// answer; a getter with a name or type that the schema has not is a defect of ours. The schema outlives it.
class OptionValues {
public:
    explicit OptionValues(const Schema& schema);

    const Schema& schema() const noexcept { return *schema_; }

    /// Whether the file said it, as opposed to a default.
    bool is_set(std::string_view name) const noexcept;

    /// Empty text, zero, or an empty list where nothing was said and there is no default.
    const std::string& text(std::string_view name) const;
    bool boolean(std::string_view name) const;
    std::int64_t integer(std::string_view name) const;
    double number(std::string_view name) const;
    std::chrono::milliseconds duration(std::string_view name) const;
    std::uint64_t size(std::string_view name) const;
    double rate(std::string_view name) const { return number(name); }
    const std::vector<std::string>& texts(std::string_view name) const;
    const TextMap& text_map(std::string_view name) const;
    /// Null where the file has no such table.
    const OptionValues* table(std::string_view name) const;

    /// Where the value stands; for a list, where item `index` stands. Unknown for defaults.
    SourceRange place_of(std::string_view name) const noexcept;
    SourceRange place_of(std::string_view name, std::size_t index) const noexcept;

    /// Whether both say the same, wherever they say it.
    friend bool operator==(const OptionValues& a, const OptionValues& b) noexcept;

    /// @pre `value` has the type that the schema says
    void set(std::string_view name, OptionValue value, SourceRange place = {}, std::vector<SourceRange> item_places = {});
    /// Reads `text` as the option's type says, as from a command line or a URL's query.
    /// @error invalid  no such option, or no such value
    Result<void> set_from_text(std::string_view name, std::string_view text);

private:
    struct Entry {
        OptionValue value;
        SourceRange place;
        std::vector<SourceRange> item_places;
        bool is_set = false;
    };

    template <typename T>
    const T& get(std::string_view name) const;

    const Schema* schema_;
    std::map<std::string, Entry, std::less<>> entries_;
};

/// Reads one scalar as `spec` says, with its allowed values and range.
/// @error invalid  one sentence that says what is wanted
Result<OptionValue> parse_option(const OptionSpec& spec, std::string_view text);
/// Whether the value keeps to the spec's allowed values and range.
Result<void> check_option(const OptionSpec& spec, const OptionValue& value);

}  // namespace rialto
