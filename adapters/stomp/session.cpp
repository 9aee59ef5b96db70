#include "adapters/stomp/session.hpp"

#include "adapters/stomp/service.hpp"

namespace rialto::stomp {

Session::Session(Wire& wire, Service& service) : decoder_(service.limits().frame), peer_(wire, service) {}

std::size_t Session::on_bytes(ByteView bytes) {
    peer_.heard();
    ByteView input = bytes;
    while (peer_.is_reading()) {
        const Result<Decoded> decoded = decoder_.next(input);
        if (decoded.has_error()) {
            peer_.refuse(decoded.error());
            break;
        }
        if (*decoded == Decoded::need_more) break;
        if (*decoded == Decoded::heart_beat) continue;
        const Command command = decoder_.frame().command;
        peer_.handle(decoder_.frame());
        decoder_.frame().clear();
        if (command == Command::connect || command == Command::stomp) decoder_.set_version(peer_.version());
        if (peer_.is_waiting()) return bytes.size() - input.size();
    }
    return bytes.size();
}

void Session::on_drain() {
    if (peer_.is_reading()) peer_.fail_with(fail(Errc::closed, "the gateway is stopping"), {});
}

void Session::on_closed(const Error&) {
    peer_.end();
}

}  // namespace rialto::stomp
