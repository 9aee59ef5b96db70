#include "adapters/stomp/handlers/handlers.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace rialto::stomp {
namespace {

Result<AckMode> ack_mode_of(const Frame& frame) {
    const std::string_view text = frame.headers.find("ack").value_or("auto");
    if (text == "auto") return AckMode::automatic;
    if (text == "client") return AckMode::cumulative;
    if (text == "client-individual") return AckMode::individual;
    return fail(Errc::protocol, "ack must be auto, client or client-individual, not '" +
                                    std::string(text.substr(0, 40)) + "'");
}

/// How many messages the client wants before it acknowledges one, by the names that brokers have for it.
Result<std::size_t> prefetch_of(const Frame& frame, const Limits& limits) {
    for (const std::string_view name : {"prefetch-count", "activemq.prefetchSize"}) {
        const auto text = frame.headers.find(name);
        if (!text) continue;
        std::size_t count = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
        if (error != std::errc{} || end != text->data() + text->size() || count == 0) {
            return fail(Errc::protocol, std::string(name) + " must be a number above 0");
        }
        return std::min(count, limits.largest_prefetch);
    }
    return limits.prefetch;
}

Result<TopicFilter> filter_of(const Destination& destination) {
    const bool is_queue = destination.style.place == DestinationStyle::Place::queue;
    const std::string group = is_queue ? "$share/" + std::string(queue_group) + "/" : "";
    return TopicFilter::parse(group + destination.topic);
}

/// A 1.0 client may leave the id out and then names the subscription by its destination.
Result<void> check_id(Peer& peer, const Frame& frame, std::string_view destination) {
    const auto id = frame.headers.find("id");
    if (!id && peer.version() != Version::v1_0) return required(frame, "id").error();
    if (id ? peer.find(*id) : peer.find_by_destination(destination)) {
        return fail(Errc::protocol, "there is a subscription '" +
                                        std::string(id.value_or(destination).substr(0, 100)) + "' already");
    }
    const std::size_t most = peer.service().limits().subscriptions;
    if (peer.subscription_count() >= most) {
        return fail(Errc::over_limit, "a connection may have " + std::to_string(most) + " subscriptions");
    }
    return {};
}

Result<SubscriptionTerms> terms_of(Peer& peer, const Frame& frame) {
    const Result<std::string_view> text = required(frame, "destination");
    if (text.has_error()) return text.error();
    if (const Result<void> id = check_id(peer, frame, *text); id.has_error()) return id.error();
    const Result<Destination> destination = parse_subscribe_destination(*text);
    if (destination.has_error()) return destination.error();
    Result<TopicFilter> filter = filter_of(*destination);
    if (filter.has_error()) return filter.error();
    const Result<AckMode> ack = ack_mode_of(frame);
    if (ack.has_error()) return ack.error();
    const Result<std::size_t> prefetch = prefetch_of(frame, peer.service().limits());
    if (prefetch.has_error()) return prefetch.error();
    const auto id = frame.headers.find("id");
    return SubscriptionTerms{id ? std::optional<std::string>(*id) : std::nullopt,
                             std::string(*text),
                             destination->style,
                             std::move(*filter),
                             *ack,
                             *prefetch,
                             frame.headers.find("no-local") == std::string_view("true")};
}

}  // namespace

/// Retained messages of the destination come before the RECEIPT.
Result<Answer> handle_subscribe(Peer& peer, Frame& frame) {
    Result<SubscriptionTerms> terms = terms_of(peer, frame);
    if (terms.has_error()) return terms.error();
    std::shared_ptr<Queue> queue;
    if (terms->style.place == DestinationStyle::Place::queue) {
        auto opened = peer.service().queues().open(terms->filter.text(), peer.wire().shard());
        if (opened.has_error()) return opened.error();
        queue = std::move(*opened);
    }
    peer.add(std::move(*terms), std::move(queue));
    return Answer::receipt_now;
}

}  // namespace rialto::stomp
