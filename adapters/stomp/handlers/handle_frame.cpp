#include "adapters/stomp/handlers/handlers.hpp"

namespace rialto::stomp {

Result<Answer> handle_frame(Peer& peer, Frame& frame) {
    switch (frame.command) {
        case Command::connect:
        case Command::stomp:
            return handle_connect(peer, frame);
        case Command::send:
            return handle_send(peer, frame);
        case Command::subscribe:
            return handle_subscribe(peer, frame);
        case Command::unsubscribe:
            return handle_unsubscribe(peer, frame);
        case Command::ack:
            return handle_ack(peer, frame);
        case Command::nack:
            return handle_nack(peer, frame);
        case Command::begin:
            return handle_begin(peer, frame);
        case Command::commit:
            return handle_commit(peer, frame);
        case Command::abort:
            return handle_abort(peer, frame);
        case Command::disconnect:
            return handle_disconnect(peer, frame);
        case Command::connected:
        case Command::message:
        case Command::receipt:
        case Command::error:
            break;
    }
    return fail(Errc::protocol, std::string(to_text(frame.command)) + " is a frame of the server's");
}

Result<std::string_view> required(const Frame& frame, std::string_view name) {
    const auto value = frame.headers.find(name);
    if (value) return *value;
    return fail(Errc::protocol,
                std::string(to_text(frame.command)) + " needs the header '" + std::string(name) + "'");
}

}  // namespace rialto::stomp
