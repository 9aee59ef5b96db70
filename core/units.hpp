#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace rialto {

/// "250ms", "5s", "10m", "24h", "7d": a whole or decimal number and its unit. Never negative.
/// @error invalid  no number, an unknown unit, or more than a hundred years
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest form that parse_duration() reads back: "90s", "24h".
std::string duration_text(std::chrono::milliseconds duration);

/// "512", "64KiB", "1.5GiB", "10MB": bytes. KiB, MiB, GiB, TiB are powers of 1024; kB, MB, GB, TB powers of 1000.
/// @error invalid  no number, an unknown unit, or more than 2^63
Result<std::uint64_t> parse_size(std::string_view text);
std::string size_text(std::uint64_t bytes);

/// "100/s", "6/m", "2.5/h": events per second.
/// @error invalid  not in this form, or zero
Result<double> parse_rate(std::string_view text);
std::string rate_text(double per_second);

}  // namespace rialto
