#include "adapters/stomp/handlers/handlers.hpp"

namespace rialto::stomp {

/// A queue's message goes to another consumer, or waits for one; with `requeue:false`, and from a topic, it
/// is gone.
Result<Answer> handle_nack(Peer& peer, Frame& frame) {
    if (peer.version() == Version::v1_0) return fail(Errc::protocol, "STOMP 1.0 has no NACK");
    const bool is_for_good = frame.headers.find("requeue") == std::string_view("false");
    return settle_message(peer, frame, is_for_good ? Refusal::for_good : Refusal::for_others);
}

}  // namespace rialto::stomp
