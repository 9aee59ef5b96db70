#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/topic_pattern.hpp"

namespace rialto::bridge {

/// What a route writes: text with `{name}`, `{name...}`, `{1}`, `{topic}`, `{route}` and `{source}` in it. Immutable.
class TopicTemplate {
public:
    static TextResult<TopicTemplate> parse(std::string_view text);

    /// As written.
    const std::string& text() const noexcept { return text_; }

    /// A template whose placeholders are tied to the captures of one pattern.
    class Bound {
    public:
        /// Writes the target topic into `out`. A "rest" of no levels takes one neighbouring slash along with it.
        /// The result may be no topic (empty, or too long): check_topic() it.
        void expand(std::string_view topic, const Captures& captures, std::string& out) const;

    private:
        friend class TopicTemplate;
        struct Piece {
            std::string literal;
            int capture = -1;  ///< index; -1: the literal; whole_topic: the source's topic
        };
        static constexpr int whole_topic = -2;
        std::vector<Piece> pieces_;
    };

    /// @param route   the route's name
    /// @param source  the place that `pattern` reads
    /// @error         a placeholder that the pattern does not capture, at its place in this template
    TextResult<Bound> bind(const TopicPattern& pattern, std::string_view route, std::string_view source) const;

private:
    struct Piece {
        std::string text;  ///< a literal, or the placeholder's name
        std::size_t offset = 0;
        std::size_t size = 0;
        bool is_placeholder = false;
        bool is_rest = false;
    };

    static TextResult<int> capture_for(const Piece& piece, const TopicPattern& pattern);

    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace rialto::bridge
