#include "adapters/redis/listener/channel_pattern.hpp"

namespace rialto::redis {

TopicFilter ChannelPattern::superset() const {
    // Whole levels before the first character that is none of its own; what stands behind may cross slashes.
    const std::string_view pattern = text_;
    if (pattern.starts_with("$share/")) return TopicFilter::parse("#").value();  // no shared group, and no topic either
    const auto special = pattern.find_first_of("*?[\\+#");
    if (special == std::string_view::npos) {
        if (auto exact = TopicFilter::parse(pattern); exact.has_value()) return *std::move(exact);
    }
    const auto slash = pattern.substr(0, special).rfind('/');
    const std::string text = slash == std::string_view::npos ? "#" : std::string(pattern.substr(0, slash + 1)) + "#";
    auto filter = TopicFilter::parse(text);
    return filter.has_value() ? *std::move(filter) : TopicFilter::parse("#").value();
}

}  // namespace rialto::redis
