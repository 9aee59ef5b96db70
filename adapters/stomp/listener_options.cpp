#include "adapters/stomp/listener_options.hpp"

#include "core/net/stream_listener_options.hpp"

namespace rialto::stomp {
namespace {

using Count = std::int64_t;

OptionSpec count(std::string name, std::size_t fallback, std::string help) {
    return option::integer(std::move(name), static_cast<Count>(fallback), std::move(help))
        .between(1, 10'000'000);
}

}  // namespace

const Schema& listener_schema() {
    static const Limits usual;
    static const Schema schema =
        Schema()
            .include(stream_listener_schema())
            .add(option::duration("connect_timeout", usual.connect_time,
                                  "how long CONNECT may take to arrive"))
            .add(option::size("max_body", usual.frame.body_size, "octets of one frame's body"))
            .add(count("max_headers", usual.frame.header_count, "headers of one frame"))
            .add(option::size("max_header_line", usual.frame.line_length, "octets of one header line"))
            .add(count("max_subscriptions", usual.subscriptions, "subscriptions of one connection"))
            .add(count("prefetch", usual.prefetch,
                       "unacknowledged messages of a subscription without prefetch-count")
                     .between(1, static_cast<Count>(usual.largest_prefetch)))
            .add(count("max_held", usual.held_messages,
                       "messages held for a subscription that does not acknowledge"))
            .add(option::size("max_backlog", usual.backlog, "octets held for a client that does not read"))
            .add(
                count("max_unsettled", usual.unsettled, "messages of one client that wait for their RECEIPT"))
            .add(count("max_transactions", usual.transactions, "open transactions of one connection"));
    return schema;
}

Limits limits_from(const OptionValues& options) {
    const auto number = [&](std::string_view name) {
        return static_cast<std::size_t>(options.integer(name));
    };
    const auto octets = [&](std::string_view name) { return static_cast<std::size_t>(options.size(name)); };
    Limits limits;
    limits.connect_time = options.duration("connect_timeout");
    limits.frame = {number("max_headers"), octets("max_header_line"), octets("max_body")};
    limits.subscriptions = number("max_subscriptions");
    limits.prefetch = number("prefetch");
    limits.held_messages = number("max_held");
    limits.backlog = octets("max_backlog");
    limits.unsettled = number("max_unsettled");
    limits.transactions = number("max_transactions");
    return limits;
}

}  // namespace rialto::stomp
