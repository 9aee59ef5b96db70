#include "core/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

namespace rialto {
namespace {

struct Unit {
    std::string_view name;
    double factor;
};

constexpr std::array<Unit, 5> durations{{{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}}};
constexpr double kibi = 1024;
constexpr std::array<Unit, 10> sizes{{{"", 1},
                                      {"B", 1},
                                      {"KiB", kibi},
                                      {"MiB", kibi * kibi},
                                      {"GiB", kibi * kibi * kibi},
                                      {"TiB", kibi * kibi * kibi * kibi},
                                      {"kB", 1e3},
                                      {"MB", 1e6},
                                      {"GB", 1e9},
                                      {"TB", 1e12}}};
constexpr std::array<Unit, 3> periods{{{"s", 1}, {"m", 60}, {"h", 3600}}};
constexpr double longest_duration = 100 * 365.25 * 86400e3;

struct Quantity {
    double number;
    std::string_view unit;
};

std::optional<Quantity> split(std::string_view text) {
    double number = 0;
    const auto [rest, failed] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (failed != std::errc{} || number < 0 || !std::isfinite(number)) return std::nullopt;
    std::string_view unit = text.substr(static_cast<std::size_t>(rest - text.data()));
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    return Quantity{number, unit};
}

template <std::size_t Size>
std::optional<double> factor_of(const std::array<Unit, Size>& units, std::string_view name) {
    for (const Unit& unit : units) {
        if (unit.name == name) return unit.factor;
    }
    return std::nullopt;
}

Error no_quantity(std::string_view text, const char* wanted) {
    return fail(Errc::invalid, "'" + std::string(text) + "' is not " + wanted);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr const char* wanted = "a duration such as \"250ms\", \"5s\", \"10m\" or \"24h\"";
    const auto quantity = split(text);
    if (!quantity) return no_quantity(text, wanted);
    const auto factor = factor_of(durations, quantity->unit);
    if (!factor) return no_quantity(text, wanted);
    const double milliseconds = std::round(quantity->number * *factor);
    if (milliseconds > longest_duration) return no_quantity(text, "a duration of at most a hundred years");
    return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

std::string duration_text(std::chrono::milliseconds duration) {
    const auto count = duration.count();
    if (count == 0) return "0s";
    if (count % 3'600'000 == 0) return std::to_string(count / 3'600'000) + "h";
    if (count % 60'000 == 0) return std::to_string(count / 60'000) + "m";
    if (count % 1'000 == 0) return std::to_string(count / 1'000) + "s";
    return std::to_string(count) + "ms";
}

Result<std::uint64_t> parse_size(std::string_view text) {
    constexpr const char* wanted = "a size such as 512, \"64KiB\" or \"1GiB\"";
    const auto quantity = split(text);
    if (!quantity) return no_quantity(text, wanted);
    const auto factor = factor_of(sizes, quantity->unit);
    if (!factor) return no_quantity(text, wanted);
    const double bytes = std::round(quantity->number * *factor);
    if (bytes >= 9.2e18) return no_quantity(text, "a size below 8 EiB");
    return static_cast<std::uint64_t>(bytes);
}

std::string size_text(std::uint64_t bytes) {
    static constexpr std::array<std::string_view, 4> names{"KiB", "MiB", "GiB", "TiB"};
    if (bytes == 0 || bytes % 1024 != 0) return std::to_string(bytes);
    std::size_t index = 0;
    for (bytes /= 1024; bytes % 1024 == 0 && index + 1 < names.size(); ++index) bytes /= 1024;
    return std::to_string(bytes) + std::string(names[index]);
}

Result<double> parse_rate(std::string_view text) {
    constexpr const char* wanted = "a rate such as \"100/s\" or \"6/m\"";
    const auto quantity = split(text);
    if (!quantity || !quantity->unit.starts_with('/') || quantity->number == 0) return no_quantity(text, wanted);
    const auto seconds = factor_of(periods, quantity->unit.substr(1));
    if (!seconds) return no_quantity(text, wanted);
    return quantity->number / *seconds;
}

std::string rate_text(double per_second) {
    std::ostringstream out;
    out << per_second << "/s";
    return out.str();
}

}  // namespace rialto
