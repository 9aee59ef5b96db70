#include "bridge/diagnostic.hpp"

#include <algorithm>
#include <tuple>

namespace rialto::bridge {
namespace {

bool begins_code_point(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.emplace_back(line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string padded(std::size_t number) {
    std::string text = std::to_string(number);
    return text.size() < 4 ? std::string(4 - text.size(), ' ') + text : text;
}

/// What stands before the caret, with tabs kept so that both lines are as wide.
std::string blank(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (begins_code_point(c)) out += c == '\t' ? '\t' : ' ';
    }
    return out;
}

}  // namespace

std::size_t code_points(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_code_point));
}

std::size_t byte_of_code_point(std::string_view text, std::size_t index) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (begins_code_point(text[i]) && index-- == 0) return i;
    }
    return text.size();
}

std::uint16_t Diagnostics::add_source(std::string name, std::string_view text) {
    sources_.push_back({std::move(name), lines_of(text)});
    return static_cast<std::uint16_t>(sources_.size() - 1);
}

void Diagnostics::error(SourceRange place, std::string message, std::string hint) {
    found_.push_back({place, std::move(message), std::move(hint)});
}

std::string_view Diagnostics::line(SourceRange place) const noexcept {
    if (place.line == 0 || place.source >= sources_.size()) return {};
    const auto& lines = sources_[place.source].lines;
    return place.line <= lines.size() ? std::string_view(lines[place.line - 1]) : std::string_view{};
}

std::string Diagnostics::text() const {
    std::vector<const Diagnostic*> order;
    for (const Diagnostic& diagnostic : found_) order.push_back(&diagnostic);
    std::stable_sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
        return std::tie(a->place.source, a->place.line, a->place.column) <
               std::tie(b->place.source, b->place.line, b->place.column);
    });
    std::string out;
    for (const Diagnostic* diagnostic : order) append(out, *diagnostic);
    return out;
}

void Diagnostics::append(std::string& out, const Diagnostic& diagnostic) const {
    const SourceRange& place = diagnostic.place;
    if (place.source < sources_.size()) out += sources_[place.source].name;
    // An override is one short text, named whole; a place inside it says nothing more.
    if (place.is_known() && place.source == 0) {
        out += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
    }
    out += ": error: " + diagnostic.message + "\n";
    if (!place.is_known() || place.source != 0) {
        if (!diagnostic.hint.empty()) out += "     | " + diagnostic.hint + "\n";
        return;
    }
    const std::string_view source_line = line(place);
    const std::size_t before = byte_of_code_point(source_line, place.column - 1);
    const std::size_t left = code_points(source_line.substr(before));
    const std::size_t carets = std::clamp<std::size_t>(place.length, 1, std::max<std::size_t>(left, 1));
    out += padded(place.line) + " | " + std::string(source_line) + "\n";
    out += "     | " + blank(source_line.substr(0, before)) + std::string(carets, '^');
    if (!diagnostic.hint.empty()) out += " " + diagnostic.hint;
    out += "\n";
}

}  // namespace rialto::bridge
