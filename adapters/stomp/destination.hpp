#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto::stomp {

/// How a client writes the names of topics. A subscription's messages come back in the way it was written.
struct DestinationStyle {
    enum class Place : std::uint8_t { plain, topic, queue };
    Place place = Place::plain;
    char separator = '/';
    friend bool operator==(const DestinationStyle&, const DestinationStyle&) = default;
};

/// A `destination` header, understood. `topic` is in the bus's own form, a name or a filter with `+` and `#`.
struct Destination {
    DestinationStyle style;
    std::string topic;
};

/// The ways to write one topic:
///
///   `a/b`           plain: the topic as it is, every octet literal
///   `/topic/a/b`    the same topic; here dots are literal, because there is a slash
///   `/topic/a.b`    the same topic; without a slash the dot separates levels
///   `/queue/a.b`    the same topic, each message to one of the queue's subscribers
///
/// In the forms with a prefix, `%2E` is a dot inside a level, `%2A` a level that is just `*`, `%3E` one that
/// is just `>`,
/// `%25` a percent sign before such digits, and a level `%00` is an empty one; other percent signs are
/// literal. So every topic has a name in each form and no two topics share one (`a.b/c` is `/topic/a%2Eb.c`
/// and `/topic/a.b/c`). A topic that itself begins with `/topic/` or `/queue/` has no plain form; it is
/// written `/topic//topic/…`.

/// Where a SEND goes. Errc::invalid for a wildcard in a form with a prefix, or no topic at all. The topic is
/// not checked any further: that is the bus's rule.
[[nodiscard]] Result<Destination> parse_send_destination(std::string_view text);

/// What a SUBSCRIBE asks for. `*` or `+` as a level stands for one level, `>` or `#` as the last for the
/// rest, none included. Errc::invalid for a rest that is not last, or no topic at all.
[[nodiscard]] Result<Destination> parse_subscribe_destination(std::string_view text);

/// Appends a topic's name in that style, which parse_send_destination() takes back to the same topic.
void append_destination(std::string& out, std::string_view topic, DestinationStyle style);

}  // namespace rialto::stomp
