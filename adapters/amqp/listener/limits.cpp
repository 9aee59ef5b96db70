#include "adapters/amqp/listener/limits.hpp"

#include <algorithm>

#include "core/net/stream_listener_options.hpp"

namespace rialto::amqp {
namespace {

OptionSpec count(std::string name, std::size_t fallback, std::string help, std::int64_t most = 10'000'000) {
    return option::integer(std::move(name), static_cast<std::int64_t>(fallback), std::move(help)).between(1, most);
}

}  // namespace

const Schema& listener_schema() {
    static const ListenerLimits usual;
    static const Schema schema =
        Schema()
            .include(stream_listener_schema())
            .add(option::duration("connect_timeout", usual.connect_time, "how long the open frame may take to arrive"))
            .add(option::duration("idle_timeout", usual.idle_time, "a client that is silent for longer is gone; 0s: never"))
            .add(option::size("max_frame", usual.frame, "octets of one frame"))
            .add(option::size("max_message", usual.message, "octets of one message, all its sections together"))
            .add(count("max_links", usual.links, "links of one connection", 10'000))
            .add(count("max_sessions", usual.sessions, "sessions of one connection", 1'000))
            .add(count("credit", usual.credit, "messages that one link of a client may send before the first is settled"))
            .add(count("max_unsettled", usual.unsettled, "messages that a client may have on one link without settling them"))
            .add(count("max_held", usual.held_messages, "messages held for a receiver that gives no credit"))
            .add(option::size("max_backlog", usual.backlog, "octets of them"));
    return schema;
}

ListenerLimits limits_from(const OptionValues& options) {
    const auto number = [&](std::string_view name) { return static_cast<std::size_t>(options.integer(name)); };
    const auto octets = [&](std::string_view name) { return static_cast<std::size_t>(options.size(name)); };
    ListenerLimits limits;
    limits.connect_time = options.duration("connect_timeout");
    limits.idle_time = options.duration("idle_timeout");
    limits.frame = std::clamp<std::size_t>(octets("max_frame"), 512, 16 * 1024 * 1024);  // 512: AMQP's own least
    limits.message = octets("max_message");
    limits.links = number("max_links");
    limits.sessions = number("max_sessions");
    limits.credit = number("credit");
    limits.unsettled = number("max_unsettled");
    limits.held_messages = number("max_held");
    limits.backlog = octets("max_backlog");
    return limits;
}

}  // namespace rialto::amqp
