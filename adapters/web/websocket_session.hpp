#pragma once

#include "adapters/web/websocket_frame.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/shard.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto::web {

/// What a message holds. @source RFC 6455 section 5.6
enum class DataKind : std::uint8_t { text, binary };

/// One WebSocket, seen from the protocol that is spoken on it. Lives on: one shard.
class WebSocketLink {
public:
    /// Room for one whole message of `size` bytes, to be filled before the next call. It leaves at the end of
    /// the turn. Text has to be UTF-8.
    virtual std::uint8_t* extend(DataKind kind, std::size_t size) = 0;
    void send(DataKind kind, ByteView message);

    /// Bytes sent that the other side's kernel has not taken yet.
    virtual std::size_t backlog() const noexcept = 0;
    /// Has the session's on_drained() called once the backlog is gone.
    virtual void tell_when_drained() = 0;
    /// Offers the backlog to the kernel now, not at the turn's end. on_drained() may be called from within.
    virtual void write_now() = 0;

    /// Sends a close frame behind what was sent; nothing more is read. The session's on_closed() follows,
    /// never from within this call. Nothing happens the second time.
    virtual void close(CloseCode code, std::string_view reason) = 0;
    virtual bool is_open() const noexcept = 0;

    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;
    /// From within on_data() only, before anything was sent: continue on another shard. The session's
    /// on_moved() follows.
    virtual void move_to(Shard& shard) = 0;

    /// Has on_timer() called once, so much later; a new call replaces the former.
    virtual void wake_after(Clock::duration delay) = 0;
    /// Sends a ping of the WebSocket protocol; the browser answers by itself.
    virtual void ping() = 0;

    virtual Shard& shard() const noexcept = 0;
    virtual std::string peer() const = 0;
    virtual std::string verified_name() const = 0;

protected:
    ~WebSocketLink() = default;
};

/// A protocol spoken in messages of a WebSocket. Lives on: the link's shard. Made when the upgrade is done,
/// destroyed after on_closed().
class WebSocketSession {
public:
    virtual ~WebSocketSession() = default;

    /// A piece of a message, as it arrived; all of the piece is used up by the call.
    virtual void on_data(DataKind kind, ByteView piece, bool ends_message) = 0;
    virtual void on_drained() {}
    virtual void on_moved() {}
    virtual void on_timer() {}
    /// The gateway is stopping: say goodbye, then close the link.
    virtual void on_drain() = 0;
    virtual void on_closed(const Error& reason) = 0;
};

}  // namespace rialto::web
