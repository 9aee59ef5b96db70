#pragma once

#include "adapters/web/websocket_session.hpp"
#include "core/net/wire.hpp"
#include "core/timer_wheel.hpp"

#include <functional>
#include <memory>

namespace rialto::web {

/// The server's end of one WebSocket after the upgrade: frames, pings and the closing handshake, between a
/// wire and the session of the protocol that was chosen. Owns no buffers while idle. Lives on: the wire's
/// shard.
/// @source RFC 6455 sections 5 to 7
class WebSocket final : public StreamSession, public WebSocketLink {
public:
    using MakeSession = std::function<std::unique_ptr<WebSocketSession>(WebSocketLink&)>;

    /// @param wire  outlives it
    WebSocket(Wire& wire, const MakeSession& make_session);
    ~WebSocket() override;

    std::size_t on_bytes(ByteView bytes) override;
    void on_drained() override;
    void on_moved() override;
    void on_drain() override;
    void on_closed(const Error& reason) override;

    std::uint8_t* extend(DataKind kind, std::size_t size) override;
    std::size_t backlog() const noexcept override { return wire_.backlog(); }
    void tell_when_drained() override { wire_.tell_when_drained(); }
    void write_now() override { wire_.flush(); }
    void close(CloseCode code, std::string_view reason) override;
    bool is_open() const noexcept override { return is_open_; }
    void pause_reading() override;
    void resume_reading() override;
    void move_to(Shard& shard) override;
    void wake_after(Clock::duration delay) override;
    void ping() override { send_control(Opcode::ping, {}); }
    Shard& shard() const noexcept override { return wire_.shard(); }
    std::string peer() const override { return wire_.peer(); }
    std::string verified_name() const override { return wire_.verified_name(); }

private:
    void handle(const FrameReader::Piece& piece);
    void answer_close(ByteView payload);
    void send_control(Opcode opcode, ByteView payload);
    void finish(ByteView payload);

    Wire& wire_;
    FrameReader reader_;
    Timer timer_;
    std::unique_ptr<WebSocketSession> session_;
    Bytes discarded_;  ///< where output goes after the end, so that sessions need not ask
    bool is_open_ = true;
    bool is_paused_ = false;
    bool is_moving_ = false;
};

}  // namespace rialto::web
