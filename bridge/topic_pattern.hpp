#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/topic.hpp"

namespace rialto::bridge {

/// A mistake in a pattern or template, with its place in the text that was parsed.
struct TextError {
    std::size_t offset = 0;  ///< bytes
    std::size_t size = 1;
    std::string message;
};

[[noreturn]] void throw_exception_from_error(const TextError& error, const boost::source_location& where);

template <typename T>
using TextResult = boost::system::result<T, TextError>;

/// What the wildcards of a pattern stood for in one topic; borrowed from the topic. Absent is a "rest" of no levels,
/// which is not the same as one empty level.
using Captures = std::vector<std::optional<std::string_view>>;

/// What a route reads: a topic filter whose wildcards may have names. `+` and `{name}` take one level, `#` and `{name...}`
/// all that is left, none included. A level may have text around its one capture: `dev-{id}`. Immutable.
class TopicPattern {
public:
    static TextResult<TopicPattern> parse(std::string_view text);

    /// As written.
    const std::string& text() const noexcept { return text_; }
    /// The filter to subscribe with: every capture a `+` or `#`. It may match more than the pattern does.
    const TopicFilter& filter() const noexcept { return filter_; }

    /// @return whether the pattern matches; `captures` holds one for each wildcard then, in their order
    bool match(std::string_view topic, Captures& captures) const;

    /// Whether it has text around a capture, which no filter can say.
    bool is_narrower_than_filter() const noexcept;

    struct Wildcard {
        std::string name;     ///< empty: `+` or `#`
        bool is_rest = false;
    };
    const std::vector<Wildcard>& wildcards() const noexcept { return wildcards_; }

private:
    enum class Kind : std::uint8_t { literal, one, rest };
    struct Level {
        Kind kind = Kind::literal;
        std::string prefix;  ///< the whole level of a literal
        std::string suffix;
    };
    class Parser;

    TopicPattern(std::string text, TopicFilter filter, std::vector<Level> levels, std::vector<Wildcard> wildcards)
        : text_(std::move(text)),
          filter_(std::move(filter)),
          levels_(std::move(levels)),
          wildcards_(std::move(wildcards)) {}

    std::string text_;
    TopicFilter filter_;
    std::vector<Level> levels_;
    std::vector<Wildcard> wildcards_;
};

}  // namespace rialto::bridge
