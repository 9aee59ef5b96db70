#include "adapters/stomp/handlers/handlers.hpp"

namespace rialto::stomp {
namespace {

/// 1.2 names a message by the `ack` header of its MESSAGE, earlier versions by its `message-id`; 1.1 wants
/// the subscription's name beside it.
Result<DeliveryId> delivery_of(Peer& peer, const Frame& frame) {
    const std::string_view header = peer.version() == Version::v1_2 ? "id" : "message-id";
    const Result<std::string_view> text = required(frame, header);
    if (text.has_error()) return text.error();
    const auto id = delivery_id_from(*text);
    const Subscription* subscription = id ? peer.find(*id) : nullptr;
    if (!subscription)
        return fail(Errc::protocol,
                    "no message '" + std::string(text->substr(0, 100)) + "' waits for an ACK or NACK");
    if (peer.version() == Version::v1_1) {
        const Result<std::string_view> name = required(frame, "subscription");
        if (name.has_error()) return name.error();
        if (subscription->terms().id != *name) {
            return fail(Errc::protocol, "the message was not sent to the subscription '" +
                                            std::string(name->substr(0, 100)) + "'");
        }
    }
    return *id;
}

}  // namespace

Result<Answer> settle_message(Peer& peer, const Frame& frame, std::optional<Refusal> refusal) {
    const Result<DeliveryId> id = delivery_of(peer, frame);
    if (id.has_error()) return id.error();
    const Subscription& subscription = *peer.find(*id);
    if (subscription.terms().ack == AckMode::automatic)
        return Answer::receipt_now;  // acknowledged when it was sent
    if (!subscription.is_waiting_for(id->sequence))
        return fail(Errc::protocol, "the message has its ACK or NACK already");
    if (const auto transaction = frame.headers.find("transaction")) {
        const Result<void> added = peer.transactions().add(*transaction, Settlement{*id, refusal});
        if (added.has_error()) return added.error();
    } else {
        peer.settle({*id, refusal});
    }
    return Answer::receipt_now;
}

Result<Answer> handle_ack(Peer& peer, Frame& frame) {
    return settle_message(peer, frame, std::nullopt);
}

}  // namespace rialto::stomp
