#include "bridge/topic_pattern.hpp"

#include <algorithm>
#include <stdexcept>

#include "bridge/placeholder.hpp"

namespace rialto::bridge {

void throw_exception_from_error(const TextError& error, const boost::source_location&) {
    throw std::logic_error("unchecked error: " + error.message);
}

class TopicPattern::Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    TextResult<TopicPattern> parse() {
        std::size_t offset = skip_shared_group();
        filter_ = text_.substr(0, offset);
        for (bool more = true; more;) {
            const auto slash = text_.find('/', offset);
            more = slash != std::string_view::npos;
            const std::string_view level = text_.substr(offset, more ? slash - offset : slash);
            if (auto error = take_level(level, offset, !more)) return *error;
            if (more) filter_ += '/';
            offset += level.size() + 1;
        }
        Result<TopicFilter> filter = TopicFilter::parse(filter_);
        if (filter.has_error()) return TextError{0, text_.size(), filter.error().message};
        return TopicPattern(std::string(text_), std::move(*filter), std::move(levels_), std::move(wildcards_));
    }

private:
    using Failure = std::optional<TextError>;

    /// `$share/group/` is the other side's matter and takes no part in matching.
    std::size_t skip_shared_group() const {
        constexpr std::string_view share = "$share/";
        if (!text_.starts_with(share)) return 0;
        const auto slash = text_.find('/', share.size());
        return slash == std::string_view::npos ? 0 : slash + 1;
    }

    Failure take_level(std::string_view level, std::size_t offset, bool is_last) {
        if (level == "+" || level == "#") return add_wildcard({{}, level == "#"}, {}, offset, level.size(), is_last);
        const auto open = level.find('{');
        const auto bad = level.find_first_of("+#");
        if (bad != std::string_view::npos) {
            return TextError{offset + bad, 1, std::string("'") + level[bad] + "' has to be a level of its own"};
        }
        if (const auto stray = level.find('}'); stray < open) return TextError{offset + stray, 1, "'}' without its '{'"};
        if (open == std::string_view::npos) {
            levels_.push_back({Kind::literal, std::string(level), {}});
            filter_ += level;
            return {};
        }
        return take_capture(level, open, offset, is_last);
    }

    Failure take_capture(std::string_view level, std::size_t open, std::size_t offset, bool is_last) {
        const auto close = level.find('}', open);
        if (close == std::string_view::npos) return TextError{offset + open, 1, "'{' without its '}'"};
        const std::size_t size = close + 1 - open;
        const std::string_view after = level.substr(close + 1);
        if (after.find('{') != std::string_view::npos) {
            return TextError{offset, level.size(), "more than one capture in the level '" + std::string(level) + "'"};
        }
        if (const auto stray = after.find('}'); stray != std::string_view::npos) {
            return TextError{offset + close + 1 + stray, 1, "'}' without its '{'"};
        }
        const TextResult<Placeholder> capture = parse_placeholder(level.substr(open + 1, size - 2));
        if (capture.has_error()) return TextError{offset + open, size, capture.error().message};
        if (auto error = check_name(*capture)) return TextError{offset + open, size, *error};
        if (capture->is_rest && size != level.size()) {
            return TextError{offset, level.size(), "'{" + capture->name + "...}' has to be a level of its own"};
        }
        const Level around{Kind::one, std::string(level.substr(0, open)), std::string(after)};
        return add_wildcard({capture->name, capture->is_rest}, around, offset + open, size, is_last);
    }

    std::optional<std::string> check_name(const Placeholder& capture) const {
        if (capture.is_number()) {
            return "'{" + capture.name + "}' only stands in 'to'; here write '+', which is {1}, {2} … by position";
        }
        if (capture.name == "topic" || capture.name == "route" || capture.name == "source") {
            return "'{" + capture.name + "}' has a meaning of its own in 'to'; the capture needs another name";
        }
        const bool is_taken = std::any_of(wildcards_.begin(), wildcards_.end(),
                                          [&](const Wildcard& known) { return known.name == capture.name; });
        if (is_taken) return "the capture '" + capture.name + "' is there twice";
        return std::nullopt;
    }

    Failure add_wildcard(Wildcard wildcard, Level level, std::size_t offset, std::size_t size, bool is_last) {
        if (wildcard.is_rest && !is_last) {
            return TextError{offset, size, "'" + std::string(text_.substr(offset, size)) + "' has to be the last level"};
        }
        level.kind = wildcard.is_rest ? Kind::rest : Kind::one;
        filter_ += wildcard.is_rest ? '#' : '+';
        levels_.push_back(std::move(level));
        wildcards_.push_back(std::move(wildcard));
        return {};
    }

    std::string_view text_;
    std::string filter_;
    std::vector<Level> levels_;
    std::vector<Wildcard> wildcards_;
};

TextResult<TopicPattern> TopicPattern::parse(std::string_view text) { return Parser(text).parse(); }

bool TopicPattern::is_narrower_than_filter() const noexcept {
    return std::any_of(levels_.begin(), levels_.end(), [](const Level& level) {
        return level.kind == Kind::one && !(level.prefix.empty() && level.suffix.empty());
    });
}

bool TopicPattern::match(std::string_view topic, Captures& captures) const {
    captures.clear();
    // [MQTT-4.7.2-1] a leading wildcard does not match the topics of the server
    if (topic.starts_with('$') && levels_.front().kind != Kind::literal) return false;
    std::optional<std::string_view> rest = topic;
    for (const Level& level : levels_) {
        if (level.kind == Kind::rest) {
            captures.push_back(rest);
            return true;
        }
        if (!rest) return false;
        const auto slash = rest->find('/');
        std::string_view here = rest->substr(0, slash);
        rest = slash == std::string_view::npos ? std::nullopt : std::optional(rest->substr(slash + 1));
        if (level.kind == Kind::literal) {
            if (here != level.prefix) return false;
            continue;
        }
        if (here.size() < level.prefix.size() + level.suffix.size() || !here.starts_with(level.prefix) ||
            !here.ends_with(level.suffix)) {
            return false;
        }
        here.remove_prefix(level.prefix.size());
        here.remove_suffix(level.suffix.size());
        captures.emplace_back(here);
    }
    return !rest;
}

}  // namespace rialto::bridge
