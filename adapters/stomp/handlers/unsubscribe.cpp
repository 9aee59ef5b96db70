#include "adapters/stomp/handlers/handlers.hpp"

namespace rialto::stomp {

/// 1.0 needs the id or the destination, later versions need the id.
Result<Answer> handle_unsubscribe(Peer& peer, Frame& frame) {
    const auto id = frame.headers.find("id");
    const bool by_destination = !id && peer.version() == Version::v1_0;
    const Result<std::string_view> name =
        by_destination ? required(frame, "destination") : required(frame, "id");
    if (name.has_error()) return name.error();
    Subscription* subscription = by_destination ? peer.find_by_destination(*name) : peer.find(*name);
    if (!subscription)
        return fail(Errc::protocol, "there is no subscription '" + std::string(name->substr(0, 100)) + "'");
    peer.remove(*subscription);
    return Answer::receipt_now;
}

}  // namespace rialto::stomp
