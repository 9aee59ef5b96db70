#include "core/log.hpp"

#include <unistd.h>

#include <array>
#include <ctime>

namespace rialto::log {
namespace {

constexpr std::array<std::string_view, 5> names{"error", "warn", "info", "debug", "trace"};

std::atomic<Level> threshold{Level::info};
std::atomic<Format> form{Format::text};

std::string time_text() {
    const auto now = std::chrono::system_clock::now();
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const std::time_t seconds = millis / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    const std::string fraction = std::to_string(1000 + millis % 1000).substr(1);
    return std::string(text.data(), size) + "." + fraction + "Z";
}

// Control characters never reach a terminal or a log file raw.
void append_escaped(std::string& line, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            line += "\\u00";
            line += digits[byte >> 4];
            line += digits[byte & 15];
        } else {
            line += c;
        }
    }
}

void append_quoted(std::string& line, std::string_view text) {
    line += '"';
    append_escaped(line, text);
    line += '"';
}

bool is_plain(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7F) return false;
    }
    return true;
}

std::string text_line(Level level, std::string_view event, std::initializer_list<Field> fields) {
    std::string line = time_text() + " " + std::string(names[static_cast<std::size_t>(level)]) + " " + std::string(event);
    for (const Field& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        if (is_plain(field.value)) {
            line += field.value;
        } else {
            append_quoted(line, field.value);
        }
    }
    return line + "\n";
}

std::string json_line(Level level, std::string_view event, std::initializer_list<Field> fields) {
    std::string line = "{\"time\":\"" + time_text() + "\",\"level\":\"" +
                       std::string(names[static_cast<std::size_t>(level)]) + "\",\"event\":";
    append_quoted(line, event);
    for (const Field& field : fields) {
        line += ',';
        append_quoted(line, field.key);
        line += ':';
        append_quoted(line, field.value);
    }
    return line + "}\n";
}

}  // namespace

std::optional<Level> level_from(std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<Level>(i);
    }
    return std::nullopt;
}

void configure(Level level, Format format) {
    threshold = level;
    form = format;
}

bool is_enabled(Level level) noexcept { return level <= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!is_enabled(level)) return;
    const std::string line =
        form.load() == Format::json ? json_line(level, event, fields) : text_line(level, event, fields);
    // One write for a line, so that lines of several threads do not mix; a closed standard error is no reason to stop.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::optional<std::uint64_t> RateLimit::pass() {
    const auto now = Clock::now().time_since_epoch().count();
    auto next = next_.load();
    const auto period = std::chrono::duration_cast<Clock::duration>(period_).count();
    if (now < next || !next_.compare_exchange_strong(next, now + period)) {
        held_.fetch_add(1);
        return std::nullopt;
    }
    return held_.exchange(0);
}

}  // namespace rialto::log
