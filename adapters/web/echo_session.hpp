#pragma once

#include "adapters/web/websocket_session.hpp"

namespace rialto::web {

/// Sends each message back as it came: `rialto.echo`, what conformance suites speak with. Lives on: the
/// link's shard.
class EchoSession final : public WebSocketSession {
public:
    static constexpr std::size_t message_limit = 64 * 1024 * 1024;  // the suites go up to 16 MiB

    explicit EchoSession(WebSocketLink& link) : link_(link) {}

    void on_data(DataKind kind, ByteView piece, bool ends_message) override {
        if (message_.size() + piece.size() > message_limit)
            return link_.close(CloseCode::too_large, "too large");
        message_.append(as_text(piece));
        if (!ends_message) return;
        link_.send(kind, as_bytes(message_));
        message_ = {};
    }
    void on_drain() override { link_.close(CloseCode::going_away, "the gateway is stopping"); }
    void on_closed(const Error&) override {}

private:
    WebSocketLink& link_;
    Bytes message_;
};

}  // namespace rialto::web
