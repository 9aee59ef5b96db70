#include "adapters/mqtt/peer.hpp"

namespace rialto::mqtt {

void Peer::on_unsubscribe(const Frame& frame) {
    Unsubscribe packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    Bytes reasons;
    while (const auto text = next_filter(packet.encoded_list)) {
        ReasonCode reason = ReasonCode::topic_filter_invalid;
        const auto filter = parse_filter(*text);
        if (!filter && version() != Version::v5) return fail(protocol_error("a topic filter that is none"));
        if (filter) {
            reason =
                session_->unsubscribe(*filter) ? ReasonCode::success : ReasonCode::no_subscription_existed;
        }
        reasons.push_back(static_cast<char>(reason));
    }
    session_->when_safe([this, id = packet.id, reasons = std::move(reasons)] {
        Bytes answer;
        encode(SubscriptionAck{.type = PacketType::unsuback, .id = id, .reasons = as_bytes(reasons)}, version(),
               answer);
        send(answer);
    });
}

}  // namespace rialto::mqtt
