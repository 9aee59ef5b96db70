#include "adapters/stomp/destination.hpp"
#include "adapters/stomp/handlers/handlers.hpp"
#include "adapters/stomp/mapping.hpp"
#include "core/topic.hpp"

#include <utility>

namespace rialto::stomp {
namespace {

Result<Destination> destination_of(const Frame& frame) {
    const Result<std::string_view> text = required(frame, "destination");
    if (text.has_error()) return text.error();
    Result<Destination> destination = parse_send_destination(*text);
    if (destination.has_error()) return destination.error();
    if (const Result<void> valid = check_topic(destination->topic); valid.has_error()) return valid.error();
    if (destination->topic.starts_with('$'))
        return fail(Errc::refused, "topics that begin with '$' are the gateway's own");
    return destination;
}

}  // namespace

/// Without a receipt, a transaction and `persistent`, nobody waits to hear what became of the message.
Result<Answer> handle_send(Peer& peer, Frame& frame) {
    const Result<Destination> destination = destination_of(frame);
    if (destination.has_error()) return destination.error();
    Sending sending{message_from(frame, destination->topic, peer.number()),
                    destination->style.place == DestinationStyle::Place::queue};
    if (sending.to_queue) {
        const auto queue = peer.service().queues().open(destination->topic, peer.wire().shard());
        if (queue.has_error()) return queue.error();
    }
    if (const auto transaction = frame.headers.find("transaction")) {
        const Result<void> added = peer.transactions().add(*transaction, std::move(sending));
        if (added.has_error()) return added.error();
        return Answer::receipt_now;
    }
    const bool is_waited_for = sending.message->qos() != Qos::at_most_once;
    Receipt receipt;
    if (is_waited_for) receipt = peer.open_receipt(std::string(frame.headers.find("receipt").value_or("")));
    peer.publish(sending, std::move(receipt));
    return Answer::receipt_later;
}

}  // namespace rialto::stomp
