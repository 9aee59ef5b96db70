#include "adapters/amqp/listener/address.hpp"

#include <array>
#include <utility>

namespace rialto::amqp {
namespace {

struct Prefix {
    std::string_view text;
    bool is_queue;
};
constexpr std::array prefixes{Prefix{"/topic/", false}, Prefix{"topic://", false}, Prefix{"/queue/", true}, Prefix{"queue://", true}};

NodeAddress without_prefix(std::string_view address) {
    for (const Prefix& prefix : prefixes) {
        if (address.starts_with(prefix.text)) return {prefix.is_queue, std::string(address.substr(prefix.text.size()))};
    }
    return {false, std::string(address)};
}

}  // namespace

Result<NodeAddress> parse_target(std::string_view address) {
    NodeAddress node = without_prefix(address);
    if (const Result<void> valid = check_topic(node.topic); valid.has_error()) return valid.error();
    if (node.topic.starts_with('$')) return fail(Errc::refused, "topics that begin with '$' are the gateway's own");
    return node;
}

Result<SourceAddress> parse_source(std::string_view address, bool wants_queue) {
    const NodeAddress node = without_prefix(address);
    const bool is_queue = node.is_queue || (wants_queue && node.topic == address);
    if (is_queue && node.topic.starts_with("$share/")) return fail(Errc::invalid, "a shared subscription is no queue");
    Result<TopicFilter> filter = TopicFilter::parse(node.topic);
    if (filter.has_error()) return filter.error();
    return SourceAddress{is_queue, std::move(*filter)};
}

}  // namespace rialto::amqp
