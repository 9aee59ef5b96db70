#include "adapters/mqtt/peer.hpp"

namespace rialto::mqtt {

void Peer::on_pingreq(const Frame& frame) {
    if (const Fault fault = decode_empty(frame)) return fail(fault);
    Bytes answer;
    encode_pingresp(answer);  // [MQTT-3.12.4-1]
    send(answer);
}

}  // namespace rialto::mqtt
