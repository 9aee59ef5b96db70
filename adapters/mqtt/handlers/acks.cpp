#include "adapters/mqtt/peer.hpp"

namespace rialto::mqtt {

void Peer::on_ack(const Frame& frame) {
    Ack packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    if (const Fault fault = session_->on_ack(packet)) fail(fault);
}

void Peer::on_pubrel(const Frame& frame) {
    Ack packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    const bool is_known = session_->inbound().release(packet.id);
    if (!is_known) return write_ack(PacketType::pubcomp, packet.id, ReasonCode::packet_identifier_not_found);
    // The client uses the identifier again then: it may not come back from the store as one that is known.
    session_->when_safe([this, id = packet.id] {
        write_ack(PacketType::pubcomp, id, ReasonCode::success);
        acknowledged_some();
    });
}

}  // namespace rialto::mqtt
