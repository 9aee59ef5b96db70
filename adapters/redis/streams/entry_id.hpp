#pragma once

#include <charconv>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto::redis::streams {

/// Names an entry of a stream: Redis' time in milliseconds when it was added, and a number within that. Later entries of one
/// stream have greater ones. @source redis.io/docs/data-types/streams, entry IDs
struct EntryId {
    std::uint64_t milliseconds = 0;
    std::uint64_t sequence = 0;

    friend auto operator<=>(const EntryId&, const EntryId&) = default;

    /// Nothing where `text` is not "MILLISECONDS-SEQUENCE".
    static std::optional<EntryId> parse(std::string_view text) noexcept {
        EntryId id;
        const char* const end = text.data() + text.size();
        const auto [dash, error] = std::from_chars(text.data(), end, id.milliseconds);
        if (error != std::errc() || dash == end || *dash != '-') return std::nullopt;
        const auto [stop, other_error] = std::from_chars(dash + 1, end, id.sequence);
        if (other_error != std::errc() || stop != end) return std::nullopt;
        return id;
    }

    std::string text() const { return std::to_string(milliseconds) + "-" + std::to_string(sequence); }
};

}  // namespace rialto::redis::streams
