#include "adapters/stomp/handlers/handlers.hpp"

namespace rialto::stomp {

/// Messages whose ACK is rolled back wait for one again.
Result<Answer> handle_abort(Peer& peer, Frame& frame) {
    const Result<std::string_view> id = required(frame, "transaction");
    if (id.has_error()) return id.error();
    const Result<Transaction> transaction = peer.transactions().end(*id);
    if (transaction.has_error()) return transaction.error();
    return Answer::receipt_now;
}

}  // namespace rialto::stomp
