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
    write_ack(PacketType::pubcomp, packet.id,
              is_known ? ReasonCode::success : ReasonCode::packet_identifier_not_found);
    if (is_known) acknowledged_some();
}

}  // namespace rialto::mqtt
