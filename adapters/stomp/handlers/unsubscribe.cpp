#include "adapters/stomp/handlers/handlers.hpp"

#include "adapters/stomp/destination.hpp"

#include <utility>

namespace rialto::stomp {
namespace {

/// The durable subscription ends for good; RECEIPT says that it is forgotten on disk too.
Result<Answer> end_durable(Peer& peer, const Frame& frame, const std::string& name) {
    DurableSubscriptions& durable = peer.service().queues().durable();
    const auto ended = durable.end(name, peer.wire().shard());
    if (ended.has_error()) return ended.error();
    if (const auto receipt_id = frame.headers.find("receipt"))
        durable.confirm(*ended, peer.open_receipt(std::string(*receipt_id)));
    return Answer::receipt_later;
}

/// By its name, whatever the id says: the client may have ended its part of it before.
Result<Answer> end_named(Peer& peer, const Frame& frame, const std::string& name) {
    if (Subscription* const subscription = peer.find_durable(name)) peer.remove(*subscription);
    return end_durable(peer, frame, name);
}

/// Where the client has no part of it (any more), the destination says which one is meant.
Result<Answer> end_by_id(Peer& peer, const Frame& frame, std::string_view id) {
    const auto text = frame.headers.find("destination");
    if (!text) {
        return fail(Errc::protocol, "there is no subscription '" + std::string(id.substr(0, 100)) +
                                        "' here: to end a durable one, send its destination too");
    }
    const Result<Destination> destination = parse_subscribe_destination(*text);
    if (destination.has_error()) return destination.error();
    const Result<TopicFilter> filter = TopicFilter::parse(destination->topic);
    if (filter.has_error()) return filter.error();
    const Result<DurableName> name = durable_name_by_id(frame, peer.client_id(), *filter);
    if (name.has_error()) return name.error();
    return end_durable(peer, frame, name->text);
}

}  // namespace

/// 1.0 needs the id or the destination, later versions need the id. A durable subscription goes on unless the frame says that it is
/// meant as a whole.
Result<Answer> handle_unsubscribe(Peer& peer, Frame& frame) {
    const auto durable = durable_name_in(frame, peer.client_id());
    if (durable.has_error()) return durable.error();
    if (*durable) return end_named(peer, frame, (*durable)->text);
    const auto id = frame.headers.find("id");
    const bool by_destination = !id && peer.version() == Version::v1_0;
    const Result<std::string_view> name =
        by_destination ? required(frame, "destination") : required(frame, "id");
    if (name.has_error()) return name.error();
    Subscription* const subscription = by_destination ? peer.find_by_destination(*name) : peer.find(*name);
    if (!subscription && id && says_durable(frame)) return end_by_id(peer, frame, *id);
    if (!subscription)
        return fail(Errc::protocol, "there is no subscription '" + std::string(name->substr(0, 100)) + "'");
    const auto ended = says_durable(frame) ? subscription->terms().durable : std::nullopt;
    peer.remove(*subscription);
    return ended ? end_durable(peer, frame, ended->text) : Answer::receipt_now;
}

}  // namespace rialto::stomp
