#include "bridge/topic_template.hpp"

#include <charconv>

#include "bridge/placeholder.hpp"

namespace rialto::bridge {
namespace {

std::optional<TextError> check_literal(std::string_view text, std::size_t offset) {
    if (const auto stray = text.find('}'); stray != std::string_view::npos) {
        return TextError{offset + stray, 1, "'}' without its '{'"};
    }
    if (const auto wild = text.find_first_of("+#"); wild != std::string_view::npos) {
        return TextError{offset + wild, 1,
                         std::string("'") + text[wild] + "' can't be written to; unnamed wildcards are {1}, {2} …"};
    }
    if (!is_utf8_text(text)) return TextError{offset, text.size(), "not UTF-8 text, or with a NUL in it"};
    return std::nullopt;
}

}  // namespace

TextResult<TopicTemplate> TopicTemplate::parse(std::string_view text) {
    TopicTemplate out;
    out.text_ = std::string(text);
    if (text.empty()) return TextError{0, 1, "the topic is empty"};
    if (text.size() > max_topic_size) return TextError{0, text.size(), "the topic is longer than 65535 bytes"};
    std::size_t offset = 0;
    while (offset < text.size()) {
        const auto open = std::min(text.find('{', offset), text.size());
        if (open > offset) {
            const std::string_view literal = text.substr(offset, open - offset);
            if (auto error = check_literal(literal, offset)) return *error;
            out.pieces_.push_back({std::string(literal), offset, literal.size()});
        }
        if (open == text.size()) break;
        const auto close = text.find('}', open);
        if (close == std::string_view::npos) return TextError{open, 1, "'{' without its '}'"};
        const std::size_t size = close + 1 - open;
        TextResult<Placeholder> placeholder = parse_placeholder(text.substr(open + 1, size - 2));
        if (placeholder.has_error()) return TextError{open, size, placeholder.error().message};
        out.pieces_.push_back({std::move(placeholder->name), open, size, true, placeholder->is_rest});
        offset = close + 1;
    }
    return out;
}

TextResult<int> TopicTemplate::capture_for(const Piece& piece, const TopicPattern& pattern) {
    const auto& wildcards = pattern.wildcards();
    std::size_t wanted = 0;
    std::from_chars(piece.text.data(), piece.text.data() + piece.text.size(), wanted);
    std::size_t unnamed = 0;
    for (std::size_t i = 0; i < wildcards.size(); ++i) {
        const bool is_it = wildcards[i].name.empty() ? ++unnamed == wanted : wildcards[i].name == piece.text;
        if (!is_it) continue;
        if (piece.is_rest && !wildcards[i].is_rest) {
            return TextError{piece.offset, piece.size, "'" + piece.text + "' is one level in 'from': write {" + piece.text + "}"};
        }
        return TextResult<int>(boost::system::in_place_value, static_cast<int>(i));
    }
    const std::string what = "'{" + piece.text + (piece.is_rest ? "...}'" : "}'");
    return TextError{piece.offset, piece.size, what + " is not captured by '" + pattern.text() + "'"};
}

TextResult<TopicTemplate::Bound> TopicTemplate::bind(const TopicPattern& pattern, std::string_view route,
                                                     std::string_view source) const {
    Bound bound;
    for (const Piece& piece : pieces_) {
        const bool is_fixed = !piece.is_rest;
        if (!piece.is_placeholder) {
            bound.pieces_.push_back({piece.text, -1});
        } else if (is_fixed && piece.text == "topic") {
            bound.pieces_.push_back({{}, Bound::whole_topic});
        } else if (is_fixed && piece.text == "route") {
            bound.pieces_.push_back({std::string(route), -1});
        } else if (is_fixed && piece.text == "source") {
            bound.pieces_.push_back({std::string(source), -1});
        } else {
            const TextResult<int> capture = capture_for(piece, pattern);
            if (capture.has_error()) return capture.error();
            bound.pieces_.push_back({{}, *capture});
        }
    }
    return bound;
}

void TopicTemplate::Bound::expand(std::string_view topic, const Captures& captures, std::string& out) const {
    out.clear();
    bool swallow_slash = false;
    for (const Piece& piece : pieces_) {
        std::string_view text = piece.literal;
        if (piece.capture == whole_topic) text = topic;
        if (piece.capture >= 0) {
            const auto& capture = captures[static_cast<std::size_t>(piece.capture)];
            if (!capture) {
                if (out.ends_with('/')) {
                    out.pop_back();
                } else {
                    swallow_slash = out.empty();
                }
                continue;
            }
            text = *capture;
        }
        if (swallow_slash && text.starts_with('/')) text.remove_prefix(1);
        swallow_slash = false;
        out.append(text);
    }
}

}  // namespace rialto::bridge
