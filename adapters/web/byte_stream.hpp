#pragma once

#include "adapters/web/websocket_session.hpp"
#include "core/adapter.hpp"
#include "core/net/wire.hpp"

#include <memory>

namespace rialto::web {

/// A protocol that is a stream of bytes, on a WebSocket: messages are cut and joined without a meaning, as
/// MQTT 5.0 section 6 [MQTT-6.0.0-3] wants and STOMP clients do. All output of a turn leaves as one message,
/// up to a bound. Lives on: the link's shard.
class ByteStream final : public Wire, public WebSocketSession {
public:
    /// @param link      outlives it
    /// @param protocol  outlives it
    ByteStream(WebSocketLink& link, const WebSocketProtocol& protocol, StreamService& service);
    ~ByteStream() override;

    void on_data(DataKind kind, ByteView piece, bool ends_message) override;
    void on_drained() override;
    void on_moved() override;
    void on_timer() override;
    void on_drain() override { session_->on_drain(); }
    void on_closed(const Error& reason) override;

    void close() override;
    void pause_reading() override;
    void resume_reading() override;
    void move_to(Shard& shard) override;
    std::string peer() const override { return link_.peer(); }
    std::string verified_name() const override { return link_.verified_name(); }
    void flush() noexcept override;

private:
    bool may_feed() const noexcept { return is_open_ && !is_paused_ && !is_moving_; }
    void feed(ByteView bytes);
    void feed_leftover();
    void send_one_message();

    WebSocketLink& link_;
    const WebSocketProtocol& protocol_;
    std::unique_ptr<StreamSession> session_;
    Bytes leftover_;  ///< received, and not used up by the session yet
    bool is_open_ = true;
    bool is_paused_ = false;
    bool is_moving_ = false;
    bool resumes_ = false;  ///< to be fed at the turn's end
};

}  // namespace rialto::web
