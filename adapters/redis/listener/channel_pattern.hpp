#pragma once

#include <string>
#include <string_view>

#include "core/topic.hpp"

namespace rialto::redis {

/// A pattern as clients write it for PSUBSCRIBE: `*` any run of characters, slashes too, `?` one character, `[a-c]` and
/// `[^a-c]` one of some, and a backslash before what is meant as it is. @source redis.io/commands/psubscribe
class ChannelPattern {
public:
    explicit ChannelPattern(std::string text) : text_(std::move(text)) {}

    const std::string& text() const noexcept { return text_; }
    /// In time that grows with the product of both lengths at most.
    bool matches(std::string_view channel) const noexcept;
    /// The narrowest filter of whole levels that matches every topic that the pattern does.
    TopicFilter superset() const;

private:
    std::string text_;
};

}  // namespace rialto::redis
