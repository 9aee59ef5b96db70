#include "adapters/stomp/destination.hpp"

#include <array>
#include <utility>

namespace rialto::stomp {
namespace {

using Place = DestinationStyle::Place;

constexpr std::string_view topic_prefix = "/topic/";
constexpr std::string_view queue_prefix = "/queue/";
static_assert(topic_prefix.size() == queue_prefix.size());

struct Escape {
    std::string_view code;
    char octet;
};
constexpr std::array<Escape, 4> escapes = {{{"%2E", '.'}, {"%2A", '*'}, {"%3E", '>'}, {"%25", '%'}}};
constexpr std::string_view empty_level = "%00";

enum class Use { send, subscribe };

/// Digits of an escape may be written small.
bool begins_with_code(std::string_view text, std::string_view code) noexcept {
    if (text.size() < code.size()) return false;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = text[i] >= 'a' && text[i] <= 'f' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
        if (c != code[i]) return false;
    }
    return true;
}

bool is_escape(std::string_view text) noexcept {
    for (const Escape& escape : escapes) {
        if (begins_with_code(text, escape.code)) return true;
    }
    return text.starts_with(empty_level);
}

void append_decoded_level(std::string& out, std::string_view level) {
    if (level == empty_level) return;
    while (!level.empty()) {
        std::size_t used = 1;
        char octet = level.front();
        for (const Escape& escape : escapes) {
            if (octet != '%' || !begins_with_code(level, escape.code)) continue;
            octet = escape.octet;
            used = escape.code.size();
            break;
        }
        out.push_back(octet);
        level.remove_prefix(used);
    }
}

void append_encoded_level(std::string& out, std::string_view level, bool separated_by_dots) {
    if (level.empty()) out.append(separated_by_dots ? empty_level : "");
    if (level == "*") return void(out.append("%2A"));
    if (level == ">") return void(out.append("%3E"));
    for (; !level.empty(); level.remove_prefix(1)) {
        if (level.front() == '.' && separated_by_dots)
            out.append("%2E");
        else if (level.front() == '%' && is_escape(level))
            out.append("%25");
        else
            out.push_back(level.front());
    }
}

Result<std::string_view> wildcard_for(std::string_view level, bool is_last, Use use) {
    const bool one = level == "*" || level == "+";
    const bool rest = level == ">" || level == "#";
    if (!one && !rest) return std::string_view();
    if (use == Use::send) {
        return fail(Errc::invalid, "a message can't be sent to the wildcard '" + std::string(level) +
                                       "' (a level that is literally '*' is written %2A, '>' %3E)");
    }
    if (rest && !is_last)
        return fail(Errc::invalid, "the wildcard '" + std::string(level) + "' must be the last level");
    return std::string_view(one ? "+" : "#");
}

/// Splits at the separator, translates each level and joins them with slashes.
Result<std::string> translate(std::string_view text, char separator, Use use, bool decodes) {
    std::string topic;
    for (bool is_last = false; !is_last;) {
        const std::size_t end = text.find(separator);
        is_last = end == std::string_view::npos;
        const std::string_view level = text.substr(0, end);
        const Result<std::string_view> wildcard = wildcard_for(level, is_last, use);
        if (wildcard.has_error()) return wildcard.error();
        if (!wildcard->empty())
            topic.append(*wildcard);
        else if (decodes)
            append_decoded_level(topic, level);
        else
            topic.append(level);
        if (is_last) break;
        topic.push_back('/');
        text.remove_prefix(end + 1);
    }
    return topic;
}

Place place_of(std::string_view text) noexcept {
    if (text.starts_with(topic_prefix)) return Place::topic;
    if (text.starts_with(queue_prefix)) return Place::queue;
    return Place::plain;
}

Result<Destination> parse(std::string_view text, Use use) {
    const Place place = place_of(text);
    if (place != Place::plain) text.remove_prefix(topic_prefix.size());
    if (text.empty()) return fail(Errc::invalid, "the destination names no topic");
    if (place == Place::plain && use == Use::send) return Destination{{}, std::string(text)};
    const bool has_slash = place == Place::plain || text.find('/') != std::string_view::npos;
    const char separator = has_slash ? '/' : '.';
    Result<std::string> topic = translate(text, separator, use, place != Place::plain);
    if (topic.has_error()) return topic.error();
    if (topic->empty()) return fail(Errc::invalid, "the destination names no topic");
    return Destination{{place, separator}, std::move(*topic)};
}

}  // namespace

Result<Destination> parse_send_destination(std::string_view text) {
    return parse(text, Use::send);
}

Result<Destination> parse_subscribe_destination(std::string_view text) {
    return parse(text, Use::subscribe);
}

void append_destination(std::string& out, std::string_view topic, DestinationStyle style) {
    if (style.place == Place::plain) {
        if (place_of(topic) == Place::plain) return void(out.append(topic));
        style.place = Place::topic;
    }
    out.append(style.place == Place::topic ? topic_prefix : queue_prefix);
    // A single level has no slash to tell the reader that its dots are literal.
    const bool dots = style.separator == '.' || topic.find('/') == std::string_view::npos;
    for (;;) {
        const std::size_t end = topic.find('/');
        append_encoded_level(out, topic.substr(0, end), dots);
        if (end == std::string_view::npos) return;
        out.push_back(dots ? '.' : '/');
        topic.remove_prefix(end + 1);
    }
}

}  // namespace rialto::stomp
