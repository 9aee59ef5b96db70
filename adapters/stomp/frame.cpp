#include "adapters/stomp/frame.hpp"

#include <array>

namespace rialto::stomp {
namespace {

constexpr std::array<std::string_view, 15> command_names = {
    "CONNECT", "STOMP", "SEND",       "SUBSCRIBE", "UNSUBSCRIBE", "ACK",     "NACK", "BEGIN",
    "COMMIT",  "ABORT", "DISCONNECT", "CONNECTED", "MESSAGE",     "RECEIPT", "ERROR"};

constexpr std::size_t kept_body = 16 * 1024;  // an idle connection keeps no more room than that

}  // namespace

std::string_view to_text(Command command) noexcept {
    return command_names[static_cast<std::size_t>(command)];
}

std::optional<Command> command_of(std::string_view text) noexcept {
    for (std::size_t i = 0; i < command_names.size(); ++i) {
        if (command_names[i] == text) return static_cast<Command>(i);
    }
    return std::nullopt;
}

void Headers::add(std::string_view name, std::string_view value) {
    const auto begin = static_cast<std::uint32_t>(text_.size());
    const auto name_end = begin + static_cast<std::uint32_t>(name.size());
    text_.append(name).append(value);
    spans_.push_back({begin, name_end, static_cast<std::uint32_t>(text_.size())});
}

void Headers::clear() noexcept {
    text_.clear();
    spans_.clear();
}

Headers::Entry Headers::operator[](std::size_t index) const noexcept {
    const Span& span = spans_[index];
    const std::string_view text = text_;
    return {text.substr(span.begin, span.name_end - span.begin),
            text.substr(span.name_end, span.end - span.name_end)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < spans_.size(); ++i) {
        const Entry entry = (*this)[i];
        if (entry.name == name) return entry.value;
    }
    return std::nullopt;
}

void Frame::clear() noexcept {
    headers.clear();
    if (body.capacity() > kept_body) body = {};
    body.clear();
}

}  // namespace rialto::stomp
