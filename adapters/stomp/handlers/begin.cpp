#include "adapters/stomp/handlers/handlers.hpp"

namespace rialto::stomp {

Result<Answer> handle_begin(Peer& peer, Frame& frame) {
    const Result<std::string_view> id = required(frame, "transaction");
    if (id.has_error()) return id.error();
    const Result<void> begun = peer.transactions().begin(*id);
    if (begun.has_error()) return begun.error();
    return Answer::receipt_now;
}

}  // namespace rialto::stomp
