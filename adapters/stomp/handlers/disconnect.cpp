#include "adapters/stomp/handlers/handlers.hpp"

namespace rialto::stomp {

Result<Answer> handle_disconnect(Peer& peer, Frame& frame) {
    peer.say_goodbye(std::string(frame.headers.find("receipt").value_or("")));
    return Answer::receipt_later;
}

}  // namespace rialto::stomp
