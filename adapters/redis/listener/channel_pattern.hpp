#pragma once

#include <string>
#include <string_view>

#include "adapters/redis/glob.hpp"
#include "core/topic.hpp"

namespace rialto::redis {

/// A pattern as clients write it for PSUBSCRIBE.
class ChannelPattern {
public:
    explicit ChannelPattern(std::string text) : text_(std::move(text)) {}

    const std::string& text() const noexcept { return text_; }
    bool matches(std::string_view channel) const noexcept { return glob_matches(text_, channel); }
    /// The narrowest filter of whole levels that matches every topic that the pattern does.
    TopicFilter superset() const;

private:
    std::string text_;
};

}  // namespace rialto::redis
