#include "adapters/web/websocket.hpp"

#include <array>
#include <cstring>

namespace rialto::web {
namespace {

/// Frames are unmasked here, for all WebSockets of a shard: a piece is handled before the next is read.
constexpr std::size_t scratch_size = 16 * 1024;
thread_local std::array<std::uint8_t, scratch_size> scratch;

/// A client that pings and does not read gets no pongs beyond this: only the latest ping has to be answered.
/// @source RFC 6455 section 5.5.3
constexpr std::size_t pong_backlog = 64 * 1024;

}  // namespace

void WebSocketLink::send(DataKind kind, ByteView message) {
    std::uint8_t* const room = extend(kind, message.size());
    if (!message.empty()) std::memcpy(room, message.data(), message.size());
}

WebSocket::WebSocket(Wire& wire, const MakeSession& make_session)
    : wire_(wire), timer_([this] { session_->on_timer(); }), session_(make_session(*this)) {}

WebSocket::~WebSocket() = default;

std::size_t WebSocket::on_bytes(ByteView bytes) {
    std::size_t used = 0;
    while (is_open_ && !is_paused_ && !is_moving_) {
        const auto step = reader_.read(bytes.subspan(used), scratch.data(), scratch.size());
        used += step.used;
        if (const auto failure = reader_.failure()) {
            close(*failure, reader_.complaint());
        } else if (step.piece) {
            handle(*step.piece);
        } else {
            break;
        }
    }
    return is_open_ ? used : bytes.size();
}

void WebSocket::handle(const FrameReader::Piece& piece) {
    switch (piece.opcode) {
        case Opcode::text:
            return session_->on_data(DataKind::text, piece.bytes, piece.ends_message);
        case Opcode::binary:
            return session_->on_data(DataKind::binary, piece.bytes, piece.ends_message);
        case Opcode::close:
            return answer_close(piece.bytes);
        case Opcode::ping:
            if (wire_.backlog() < pong_backlog) send_control(Opcode::pong, piece.bytes);
            return;
        case Opcode::pong:
        case Opcode::continuation:
            return;
    }
}

void WebSocket::answer_close(ByteView payload) {
    finish(payload.first(payload.empty() ? 0 : 2));
}

void WebSocket::send_control(Opcode opcode, ByteView payload) {
    if (!is_open_) return;
    std::uint8_t* const at =
        write_header(wire_.extend(header_size(payload.size()) + payload.size()), opcode, payload.size());
    if (!payload.empty()) std::memcpy(at, payload.data(), payload.size());
}

std::uint8_t* WebSocket::extend(DataKind kind, std::size_t size) {
    if (!is_open_) {
        discarded_.resize(size);
        return reinterpret_cast<std::uint8_t*>(discarded_.data());
    }
    return write_header(wire_.extend(header_size(size) + size),
                        kind == DataKind::text ? Opcode::text : Opcode::binary, size);
}

void WebSocket::close(CloseCode code, std::string_view reason) {
    finish(as_bytes(close_payload(code, reason)));
}

// The wire lingers for the client's own close frame, so that ours is read before the connection ends.
void WebSocket::finish(ByteView payload) {
    if (!is_open_) return;
    send_control(Opcode::close, payload);
    is_open_ = false;
    timer_.cancel();
    wire_.close();
}

void WebSocket::pause_reading() {
    is_paused_ = true;
    wire_.pause_reading();
}

void WebSocket::resume_reading() {
    is_paused_ = false;
    wire_.resume_reading();
}

void WebSocket::move_to(Shard& shard) {
    // The answer to the upgrade may still wait for this turn's end; it has to leave from here.
    wire_.shard().flush_now();
    if (wire_.backlog() != 0) return finish({});  // does not read, and sends on: nobody we have to serve
    timer_.cancel();
    is_moving_ = true;
    wire_.move_to(shard);
}

void WebSocket::wake_after(Clock::duration delay) {
    if (is_open_) wire_.shard().arm(timer_, delay);
}

void WebSocket::on_drained() {
    if (is_open_) session_->on_drained();
}

void WebSocket::on_moved() {
    is_moving_ = false;
    session_->on_moved();
}

void WebSocket::on_drain() {
    if (is_open_) session_->on_drain();
}

void WebSocket::on_closed(const Error& reason) {
    is_open_ = false;
    timer_.cancel();
    session_->on_closed(reason);
}

}  // namespace rialto::web
