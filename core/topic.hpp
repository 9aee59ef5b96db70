#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace rialto {

/// The longest topic or filter, in bytes: what an MQTT string can hold. @source MQTT 5.0 section 1.5.4
inline constexpr std::size_t max_topic_size = 65535;
/// The most levels of a topic or filter; matching walks one tree node for each. Ours, against stack and CPU abuse.
inline constexpr std::size_t max_topic_levels = 200;

/// Well-formed UTF-8 without U+0000 and without surrogates. @source MQTT 5.0 [MQTT-1.5.4-1], [MQTT-1.5.4-2]
bool is_utf8_text(std::string_view text) noexcept;

/// Whether `topic` can name a message: not empty, no `+`, no `#`, within the limits, UTF-8 without NUL.
/// Empty levels are legal, so `/`, `a//b` and `/a` are topics. @source MQTT 5.0 section 4.7 [MQTT-4.7.1-1], [MQTT-4.7.3]
Result<void> check_topic(std::string_view topic);

/// Walks the levels of a topic or filter: "a//b" is "a", "", "b". Borrowed from the text, so it must outlive the walk.
class Levels {
public:
    explicit Levels(std::string_view text) noexcept : rest_(text) {}

    /// The next level, or nothing after the last.
    std::optional<std::string_view> next() noexcept {
        if (done_) return std::nullopt;
        const auto slash = rest_.find('/');
        const auto level = rest_.substr(0, slash);
        if (slash == std::string_view::npos) {
            done_ = true;
        } else {
            rest_.remove_prefix(slash + 1);
        }
        return level;
    }

private:
    std::string_view rest_;
    bool done_ = false;
};

/// The first level: what shards tell each other their interest by.
inline std::string_view first_level(std::string_view topic) noexcept { return topic.substr(0, topic.find('/')); }

/// What a subscription asks for. Valid by construction and immutable.
class TopicFilter {
public:
    /// `+` stands alone in a level, `#` alone in the last one. `$share/group/filter` gives a filter with a group.
    /// @source MQTT 5.0 section 4.7.1 and 4.8.2 [MQTT-4.7.1-1..2], [MQTT-4.8.2-1..2]
    static Result<TopicFilter> parse(std::string_view text);

    /// The filter without its `$share/group/`.
    const std::string& text() const noexcept { return text_; }
    /// The shared group's name; empty for a subscription of one's own.
    const std::string& group() const noexcept { return group_; }
    bool is_shared() const noexcept { return !group_.empty(); }
    bool has_wildcard() const noexcept { return has_wildcard_; }
    /// As the client wrote it.
    std::string full_text() const { return group_.empty() ? text_ : "$share/" + group_ + "/" + text_; }

    /// Whether a message at `topic` is asked for. A topic that starts with `$` is not matched by a filter that
    /// starts with a wildcard. @source MQTT 5.0 section 4.7.2 [MQTT-4.7.2-1]
    bool matches(std::string_view topic) const noexcept;

    friend bool operator==(const TopicFilter&, const TopicFilter&) = default;

private:
    TopicFilter(std::string text, std::string group, bool has_wildcard)
        : text_(std::move(text)), group_(std::move(group)), has_wildcard_(has_wildcard) {}

    std::string text_;
    std::string group_;
    bool has_wildcard_ = false;
};

}  // namespace rialto
