#include "core/options.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "core/units.hpp"

namespace rialto {
namespace {

Error unwanted(const OptionSpec& spec, std::string_view text) {
    return fail(Errc::invalid, "'" + spec.name + "' must be " + std::string(type_name(spec.type)) + ", not '" +
                                   std::string(text) + "'");
}

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
    Number number{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string quoted_list(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
        out += "\"" + words[i] + "\"";
    }
    return out;
}

template <typename T>
Result<OptionValue> as_value(const OptionSpec& spec, Result<T> parsed) {
    if (parsed.has_error()) return in_context("'" + spec.name + "'", parsed.error());
    return OptionValue(std::move(*parsed));
}

Result<OptionValue> parse_scalar(const OptionSpec& spec, std::string_view text) {
    switch (spec.type) {
        case OptionType::text:
        case OptionType::file:
        case OptionType::directory:
            return OptionValue(std::string(text));
        case OptionType::text_list:
            return OptionValue(std::vector<std::string>{std::string(text)});
        case OptionType::boolean:
            if (text != "true" && text != "false") return unwanted(spec, text);
            return OptionValue(text == "true");
        case OptionType::integer:
            if (const auto value = number_from<std::int64_t>(text)) return OptionValue(*value);
            return unwanted(spec, text);
        case OptionType::number:
            if (const auto value = number_from<double>(text)) return OptionValue(*value);
            return unwanted(spec, text);
        case OptionType::duration:
            return as_value(spec, parse_duration(text));
        case OptionType::size:
            return as_value(spec, parse_size(text));
        case OptionType::rate:
            return as_value(spec, parse_rate(text));
        case OptionType::text_map:
        case OptionType::table:
            break;
    }
    return unwanted(spec, text);
}

}  // namespace

Result<void> check_option(const OptionSpec& spec, const OptionValue& value) {
    if (const auto* text = std::get_if<std::string>(&value); text && !spec.allowed.empty()) {
        if (std::find(spec.allowed.begin(), spec.allowed.end(), *text) == spec.allowed.end()) {
            return fail(Errc::invalid, "'" + spec.name + "' must be " + quoted_list(spec.allowed) + ", not '" + *text + "'");
        }
    }
    if (const auto* number = std::get_if<std::int64_t>(&value); number && spec.range) {
        const auto [least, most] = *spec.range;
        if (*number < least || *number > most) {
            return fail(Errc::invalid, "'" + spec.name + "' must be between " + std::to_string(least) + " and " +
                                           std::to_string(most) + ", not " + std::to_string(*number));
        }
    }
    return {};
}

Result<OptionValue> parse_option(const OptionSpec& spec, std::string_view text) {
    Result<OptionValue> value = parse_scalar(spec, text);
    if (value.has_error()) return value;
    if (const auto checked = check_option(spec, *value); checked.has_error()) return checked.error();
    return value;
}

OptionValues::OptionValues(const Schema& schema) : schema_(&schema) {
    for (const OptionSpec& spec : schema.specs()) entries_[spec.name].value = spec.fallback;
}

bool OptionValues::is_set(std::string_view name) const noexcept {
    const auto found = entries_.find(name);
    return found != entries_.end() && found->second.is_set;
}

template <typename T>
const T& OptionValues::get(std::string_view name) const {
    static const T nothing{};
    const auto found = entries_.find(name);
    assert(found != entries_.end() && "an option that the schema does not declare");
    if (found == entries_.end()) return nothing;
    const T* const value = std::get_if<T>(&found->second.value);
    assert((value || std::holds_alternative<std::monostate>(found->second.value)) && "an option of another type");
    return value ? *value : nothing;
}

const std::string& OptionValues::text(std::string_view name) const { return get<std::string>(name); }
bool OptionValues::boolean(std::string_view name) const { return get<bool>(name); }
std::int64_t OptionValues::integer(std::string_view name) const { return get<std::int64_t>(name); }
double OptionValues::number(std::string_view name) const { return get<double>(name); }
std::chrono::milliseconds OptionValues::duration(std::string_view name) const {
    return get<std::chrono::milliseconds>(name);
}
std::uint64_t OptionValues::size(std::string_view name) const { return get<std::uint64_t>(name); }
const std::vector<std::string>& OptionValues::texts(std::string_view name) const {
    return get<std::vector<std::string>>(name);
}
const TextMap& OptionValues::text_map(std::string_view name) const { return get<TextMap>(name); }
const OptionValues* OptionValues::table(std::string_view name) const {
    return get<std::shared_ptr<const OptionValues>>(name).get();
}

namespace {

bool say_the_same(const OptionValue& a, const OptionValue& b) noexcept {
    using Table = std::shared_ptr<const OptionValues>;
    const Table* const left = std::get_if<Table>(&a);
    const Table* const right = std::get_if<Table>(&b);
    return left && right && *left && *right ? **left == **right : a == b;
}

}  // namespace

bool operator==(const OptionValues& a, const OptionValues& b) noexcept {
    return std::equal(a.entries_.begin(), a.entries_.end(), b.entries_.begin(), b.entries_.end(),
                      [](const auto& left, const auto& right) {
                          return left.first == right.first && say_the_same(left.second.value, right.second.value);
                      });
}

SourceRange OptionValues::place_of(std::string_view name) const noexcept {
    const auto found = entries_.find(name);
    return found == entries_.end() ? SourceRange{} : found->second.place;
}

SourceRange OptionValues::place_of(std::string_view name, std::size_t index) const noexcept {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return {};
    const auto& places = found->second.item_places;
    return index < places.size() ? places[index] : found->second.place;
}

void OptionValues::set(std::string_view name, OptionValue value, SourceRange place, std::vector<SourceRange> item_places) {
    const auto found = entries_.find(name);
    assert(found != entries_.end() && "an option that the schema does not declare");
    if (found != entries_.end()) found->second = {std::move(value), place, std::move(item_places), true};
}

Result<void> OptionValues::set_from_text(std::string_view name, std::string_view text) {
    const OptionSpec* const spec = schema_->find(name);
    if (!spec) return fail(Errc::invalid, "there is no option '" + std::string(name) + "'");
    Result<OptionValue> value = parse_option(*spec, text);
    if (value.has_error()) return value.error();
    set(name, std::move(*value));
    return {};
}

}  // namespace rialto
