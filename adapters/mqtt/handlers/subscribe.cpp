#include "adapters/mqtt/peer.hpp"

#include <vector>

namespace rialto::mqtt {
namespace {

/// A filter that is to be answered with what is retained, once SUBACK is written.
struct Replay {
    TopicFilter filter;
    SubscriptionOptions options;
};

SubscriptionOptions options_of(const Subscription& entry, std::uint32_t identifier, bool is_bridge) {
    SubscriptionOptions options;
    options.max_qos = entry.qos;
    // A bridge before 5.0 has no way to ask for what keeps its loops closed and its retain flags.
    options.no_local = entry.no_local || is_bridge;
    options.retain_as_published = entry.retain_as_published || is_bridge;
    options.identifier = identifier;
    return options;
}

bool wants_retained(const Subscription& entry, bool is_new) noexcept {
    switch (entry.retain_handling) {
        case RetainHandling::send:
            return true;
        case RetainHandling::send_if_new:
            return is_new;  // [MQTT-3.3.1-10]
        case RetainHandling::do_not_send:
            return false;  // [MQTT-3.3.1-11]
    }
    return false;
}

}  // namespace

void Peer::on_subscribe(const Frame& frame) {
    Subscribe packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    const std::uint32_t identifier =
        packet.properties.number(PropertyId::subscription_identifier).value_or(0);
    Bytes reasons;
    std::string why;
    std::vector<Replay> replays;
    while (const auto entry = next_subscription(packet.encoded_list, version())) {
        const auto filter = parse_filter(entry->filter);
        if (!filter) {
            // Before 5.0 no answer has room for this, and a filter that is none breaks the protocol
            // [MQTT-4.8.0-1].
            if (version() != Version::v5) return fail(protocol_error("a topic filter that is none"));
            if (why.empty()) why = filter.error().message;
            reasons.push_back(static_cast<char>(ReasonCode::topic_filter_invalid));
            continue;
        }
        if (filter->is_shared() && entry->no_local) {  // [MQTT-3.8.3-4]
            return fail(protocol_error("No Local on a shared subscription"));
        }
        bool is_new = false;
        const auto options = options_of(*entry, identifier, is_bridge_ && !filter->is_shared());
        const auto reason = limits().refuses(entry->filter) ? ReasonCode::unspecified_error
                                                            : session_->subscribe(*filter, options, is_new);
        if (!is_failure(reason) && wants_retained(*entry, is_new)) replays.push_back({*filter, options});
        reasons.push_back(static_cast<char>(reason));
    }
    // What was granted outlives us.
    session_->when_safe([this, id = packet.id, reasons = std::move(reasons), why = std::move(why), replays = std::move(replays)] {
        write_suback(id, reasons, why);
        for (const Replay& replay : replays) {
            wire_.shard().bus().replay_retained(*session_, replay.filter, replay.options);
        }
    });
}

void Peer::write_suback(PacketId id, const Bytes& reasons, const std::string& why) {
    PropertyWriter properties;
    if (!why.empty() && wants_reasons_) add_reason_string(properties, why, reasons.size());
    Bytes answer;
    encode(SubscriptionAck{.type = PacketType::suback,
                           .id = id,
                           .properties = properties.view(),
                           .reasons = as_bytes(reasons)},
           version(), answer);
    send(answer);
}

Result<TopicFilter> Peer::parse_filter(std::string_view text) const {
    if (text == "$share") return Error{Errc::invalid, "$share is not followed by a group and a filter"};
    auto filter = TopicFilter::parse(text);
    const std::string& mount_point = limits().mount_point;
    if (!filter || mount_point.empty()) return filter;
    const std::string group = filter->is_shared() ? "$share/" + filter->group() + "/" : std::string();
    return TopicFilter::parse(group + mount_point + filter->text());
}

}  // namespace rialto::mqtt
