#include "adapters/stomp/handlers/handlers.hpp"

#include <optional>

namespace rialto::stomp {
namespace {

/// The highest version that both have in common [STOMP 1.2, Protocol Negotiation]; a client that says nothing
/// means 1.0.
std::optional<Version> negotiated(std::string_view accepted) noexcept {
    std::optional<Version> best;
    for (bool is_last = false; !is_last;) {
        const std::size_t comma = accepted.find(',');
        is_last = comma == std::string_view::npos;
        std::string_view text = accepted.substr(0, comma);
        while (text.starts_with(' ')) text.remove_prefix(1);
        while (text.ends_with(' ')) text.remove_suffix(1);
        for (const Version version : {Version::v1_0, Version::v1_1, Version::v1_2}) {
            if (text == to_text(version) && (!best || *best < version)) best = version;
        }
        if (!is_last) accepted.remove_prefix(comma + 1);
    }
    return best;
}

}  // namespace

/// Any `host` is ours: there is one bus. Credentials are taken as they come while anonymous clients are
/// welcome.
Result<Answer> handle_connect(Peer& peer, Frame& frame) {
    const auto version = negotiated(frame.headers.find("accept-version").value_or("1.0"));
    if (!version) return fail(Errc::protocol, "supported protocol versions are 1.0 1.1 1.2");
    if (!peer.service().gateway().allows_anonymous())
        return fail(Errc::refused, "login or passcode is wrong");
    HeartBeatOffer client;
    if (const auto text = frame.headers.find("heart-beat"); text && *version != Version::v1_0) {
        const Result<HeartBeatOffer> offer = parse_heart_beat(*text);
        if (offer.has_error()) return offer.error();
        client = *offer;
    }
    peer.become_connected(*version, std::string(frame.headers.find("client-id").value_or("")), client);
    return Answer::receipt_now;
}

}  // namespace rialto::stomp
