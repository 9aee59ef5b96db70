#include "adapters/stomp/handlers/handlers.hpp"

#include <utility>

namespace rialto::stomp {

/// Carries out all steps in one go: nothing else of this shard comes between. One receipt stands for all its
/// messages, so that RECEIPT says that every one of them was taken.
Result<Answer> handle_commit(Peer& peer, Frame& frame) {
    const Result<std::string_view> id = required(frame, "transaction");
    if (id.has_error()) return id.error();
    const Result<Transaction> transaction = peer.transactions().end(*id);
    if (transaction.has_error()) return transaction.error();
    Receipt receipt = peer.open_receipt(std::string(frame.headers.find("receipt").value_or("")));
    for (const auto& step : transaction->steps) {
        if (const auto* sending = std::get_if<Sending>(&step))
            peer.publish(*sending, receipt.share());
        else
            peer.settle(std::get<Settlement>(step));
    }
    receipt.settle(Outcome::accepted);
    return Answer::receipt_later;
}

}  // namespace rialto::stomp
