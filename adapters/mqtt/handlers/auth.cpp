#include "adapters/mqtt/peer.hpp"

namespace rialto::mqtt {

// A CONNECT with an Authentication Method is refused, so nobody who got here may send AUTH [MQTT-4.12.1-1].
void Peer::on_auth(const Frame& frame) {
    Auth packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    fail(protocol_error("AUTH without an authentication method in CONNECT"));
}

}  // namespace rialto::mqtt
