#include "adapters/mqtt/peer.hpp"

#include <algorithm>

namespace rialto::mqtt {

void Peer::on_disconnect(const Frame& frame) {
    Disconnect packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    if (packet.properties.find(PropertyId::server_reference)) {  // section 3.14.2.2.5
        return fail(protocol_error("only a server refers to another one"));
    }
    if (const auto expiry = packet.properties.number(PropertyId::session_expiry_interval)) {
        if (session_->expiry == 0 && *expiry != 0) {  // [MQTT-3.14.2-2]
            return fail(protocol_error("a session that ends with its connection can't be prolonged"));
        }
        session_->expiry = std::min(*expiry, limits().max_session_expiry);  // kept when it is left alone
    }
    if (packet.reason == ReasonCode::success) session_->will.reset();  // [MQTT-3.14.4-3]
    leave();
}

}  // namespace rialto::mqtt
