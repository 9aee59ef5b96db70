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

/// A queue keeps what nobody takes anyway.
Result<std::optional<DurableName>> durable_name_of(Peer& peer, const Frame& frame, const Destination& destination,
                                                   const TopicFilter& filter) {
    if (destination.style.place == DestinationStyle::Place::queue) return std::optional<DurableName>();
    auto name = durable_name_in(frame, peer.client_id());
    if (name.has_error() || *name || !says_durable(frame)) return name;
    auto by_id = durable_name_by_id(frame, peer.client_id(), filter);
    if (by_id.has_error()) return by_id.error();
    return std::optional(*std::move(by_id));
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
    auto durable = durable_name_of(peer, frame, *destination, *filter);
    if (durable.has_error()) return durable.error();
    const auto id = frame.headers.find("id");
    return SubscriptionTerms{id ? std::optional<std::string>(*id) : std::nullopt,
                             std::string(*text),
                             destination->style,
                             std::move(*filter),
                             *ack,
                             *prefetch,
                             frame.headers.find("no-local") == std::string_view("true"),
                             *std::move(durable)};
}

Result<Feed> feed_of(Peer& peer, const SubscriptionTerms& terms) {
    Queues& queues = peer.service().queues();
    Shard& here = peer.wire().shard();
    if (terms.style.place == DestinationStyle::Place::queue) {
        auto queue = queues.open(terms.filter.text(), here);
        if (queue.has_error()) return queue.error();
        return Feed{*std::move(queue)};
    }
    if (!terms.durable) return Feed{};
    if (terms.no_local && terms.durable->sharing == Sharing::together) {
        return fail(Errc::protocol, "no-local can't be said for a durable subscription that others may share");
    }
    auto hold = queues.durable().use(terms.durable->text, terms.filter, terms.durable->sharing, here);
    if (hold.has_error()) return hold.error();
    auto queue = hold->queue();
    queue->leave_out(terms.no_local ? peer.number() : 0);
    return Feed{std::move(queue), *std::move(hold)};
}

}  // namespace

/// Retained messages of the destination come before the RECEIPT. Of a durable subscription the RECEIPT says that it will be there
/// again after the gateway was killed.
Result<Answer> handle_subscribe(Peer& peer, Frame& frame) {
    Result<SubscriptionTerms> terms = terms_of(peer, frame);
    if (terms.has_error()) return terms.error();
    Result<Feed> feed = feed_of(peer, *terms);
    if (feed.has_error()) return feed.error();
    const auto receipt_id = frame.headers.find("receipt");
    const auto queue = feed->durable && receipt_id ? feed->queue : nullptr;
    peer.add(std::move(*terms), std::move(*feed));
    if (!queue) return Answer::receipt_now;
    peer.service().queues().durable().confirm(queue, peer.open_receipt(std::string(*receipt_id)));
    return Answer::receipt_later;
}

}  // namespace rialto::stomp
