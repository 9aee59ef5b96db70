#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/amqp/backend/addressing.hpp"

namespace rialto::amqp {

/// Which links a source needs so that all of some filters are served, and which of the copies that come through links
/// that overlap is the one to take. Immutable.
class ReadingPlan {
public:
    struct Link {
        std::string address;
        std::string name;  ///< the same in every run: the broker knows a durable subscription again by it
        std::vector<TopicFilter> filters;
        /// The only topic that can come through it, where it is one: messages need not tell it.
        std::optional<std::string> only_topic;
    };

    ReadingPlan() = default;
    /// A link for each pattern that no other one contains.
    static ReadingPlan of_patterns(const std::vector<TopicFilter>& filters, const Addressing& addressing);
    /// One link to a queue that gets what all filters ask for, each message once.
    static ReadingPlan of_queue(const std::vector<TopicFilter>& filters, std::string address);

    const std::vector<Link>& links() const noexcept { return links_; }
    /// Whether the copy of a message at `topic` that came through link `index` is the one to take.
    bool takes(std::size_t index, std::string_view topic) const noexcept;

private:
    std::vector<Link> links_;
};

/// Whether `outer` asks for all that `inner` asks for.
bool contains(const TopicFilter& outer, const TopicFilter& inner) noexcept;

}  // namespace rialto::amqp
