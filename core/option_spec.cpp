#include <algorithm>
#include <array>
#include <cassert>

#include "core/options.hpp"

namespace rialto {

std::string_view type_name(OptionType type) noexcept {
    static constexpr std::array<std::string_view, 12> names{
        "a string",
        "the path of a file",
        "the path of a folder",
        "true or false",
        "an integer",
        "a number",
        "a duration such as \"5s\"",
        "a size such as \"64KiB\"",
        "a rate such as \"100/s\"",
        "a string or a list of strings",
        "a table of strings",
        "a table",
    };
    return names[static_cast<std::size_t>(type)];
}

OptionSpec OptionSpec::required() && {
    is_required = true;
    return std::move(*this);
}

OptionSpec OptionSpec::one_of(std::vector<std::string> values) && {
    allowed = std::move(values);
    return std::move(*this);
}

OptionSpec OptionSpec::between(std::int64_t least, std::int64_t most) && {
    range = {least, most};
    return std::move(*this);
}

OptionSpec OptionSpec::like(std::string toml) && {
    example = std::move(toml);
    return std::move(*this);
}

OptionSpec OptionSpec::promised() && {
    is_promised = true;
    return std::move(*this);
}

OptionSpec OptionSpec::internal() && {
    is_internal = true;
    return std::move(*this);
}

namespace option {
namespace {

OptionSpec make(std::string name, OptionType type, OptionValue fallback, std::string help) {
    OptionSpec spec;
    spec.name = std::move(name);
    spec.type = type;
    spec.fallback = std::move(fallback);
    spec.help = std::move(help);
    return spec;
}

}  // namespace

OptionSpec text(std::string name, std::string fallback, std::string help) {
    return make(std::move(name), OptionType::text, std::move(fallback), std::move(help));
}
OptionSpec text(std::string name, std::string help) {
    return make(std::move(name), OptionType::text, {}, std::move(help));
}
OptionSpec file(std::string name, std::string help) {
    return make(std::move(name), OptionType::file, {}, std::move(help));
}
OptionSpec directory(std::string name, std::string help) {
    return make(std::move(name), OptionType::directory, {}, std::move(help));
}
OptionSpec boolean(std::string name, bool fallback, std::string help) {
    return make(std::move(name), OptionType::boolean, fallback, std::move(help));
}
OptionSpec integer(std::string name, std::int64_t fallback, std::string help) {
    return make(std::move(name), OptionType::integer, fallback, std::move(help));
}
OptionSpec number(std::string name, double fallback, std::string help) {
    return make(std::move(name), OptionType::number, fallback, std::move(help));
}
OptionSpec duration(std::string name, std::chrono::milliseconds fallback, std::string help) {
    return make(std::move(name), OptionType::duration, fallback, std::move(help));
}
OptionSpec size(std::string name, std::uint64_t fallback, std::string help) {
    return make(std::move(name), OptionType::size, fallback, std::move(help));
}
OptionSpec rate(std::string name, std::string help) {
    return make(std::move(name), OptionType::rate, {}, std::move(help));
}
OptionSpec text_list(std::string name, std::vector<std::string> fallback, std::string help) {
    return make(std::move(name), OptionType::text_list, std::move(fallback), std::move(help));
}
OptionSpec text_map(std::string name, std::string help) {
    return make(std::move(name), OptionType::text_map, TextMap{}, std::move(help));
}
OptionSpec table(std::string name, const Schema& schema, std::string help) {
    OptionSpec spec = make(std::move(name), OptionType::table, {}, std::move(help));
    spec.table = &schema;
    return spec;
}

}  // namespace option

void Schema::add(OptionSpec spec) & {
    assert(!find(spec.name));
    specs_.push_back(std::move(spec));
}

Schema&& Schema::add(OptionSpec spec) && {
    add(std::move(spec));
    return std::move(*this);
}

Schema&& Schema::include(const Schema& other) && {
    for (const OptionSpec& spec : other.specs_) add(spec);
    return std::move(*this);
}

const OptionSpec* Schema::find(std::string_view name) const noexcept {
    const auto found = std::find_if(specs_.begin(), specs_.end(), [&](const auto& spec) { return spec.name == name; });
    return found == specs_.end() ? nullptr : &*found;
}

}  // namespace rialto
