#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace rialto::log {

enum class Level : std::uint8_t { error, warn, info, debug, trace };
enum class Format : std::uint8_t { text, json };

struct Field {
    std::string_view key;
    std::string value;
};

/// The level by its name in the configuration; nothing where there is none.
std::optional<Level> level_from(std::string_view name);

/// @thread any
void configure(Level level, Format format);
bool is_enabled(Level level) noexcept;

/// Writes one line to standard error: time, level, event, key=value. Never payloads or credentials. @thread any
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

inline void error(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::error, event, fields); }
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::warn, event, fields); }
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::info, event, fields); }
inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::debug, event, fields); }

/// Lets the first line of a repeated trouble through, then one each `period` with the count of those held back.
/// @thread any
class RateLimit {
public:
    explicit RateLimit(std::chrono::seconds period = std::chrono::seconds(10)) : period_(period) {}
    /// @return how many were held back since the last line, or nothing where this one is held back too
    std::optional<std::uint64_t> pass();

private:
    const std::chrono::seconds period_;
    std::atomic<std::int64_t> next_{0};
    std::atomic<std::uint64_t> held_{0};
};

}  // namespace rialto::log
