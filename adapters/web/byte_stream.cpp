#include "adapters/web/byte_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace rialto::web {
namespace {

/// The longest message that we join output to. Clients have limits too: 1 MiB is a common one.
constexpr std::size_t joined_size = 64 * 1024;
/// Keeps what stands between from forgetting a silent connection; the protocol's own keep-alive finds dead
/// clients.
constexpr auto ping_interval = std::chrono::seconds(30);
constexpr std::size_t pieces_per_message = 64;

struct Joined {
    std::array<iovec, pieces_per_message> storage;
    std::span<iovec> pieces;
    std::size_t size = 0;
};

Joined front_of(const OutQueue& out) {
    Joined joined;
    joined.pieces = out.front(joined.storage);
    std::size_t count = 0;
    for (iovec& piece : joined.pieces) {
        piece.iov_len = std::min(piece.iov_len, joined_size - joined.size);
        joined.size += piece.iov_len;
        ++count;
        if (joined.size == joined_size) break;
    }
    joined.pieces = joined.pieces.first(count);
    return joined;
}

ByteView bytes_of(const iovec& piece) {
    return {static_cast<const std::uint8_t*>(piece.iov_base), piece.iov_len};
}

/// Text where it is text; what a cut left of a character at its end stays for the next message.
DataKind choose_kind(Joined& joined, bool more_follows) {
    Utf8Checker checker;
    for (const iovec& piece : joined.pieces) {
        if (!checker.add(bytes_of(piece))) return DataKind::binary;
    }
    if (!checker.is_complete() && (!more_follows || checker.unfinished() == joined.size))
        return DataKind::binary;
    joined.size -= checker.unfinished();
    return DataKind::text;
}

}  // namespace

ByteStream::ByteStream(WebSocketLink& link, const WebSocketProtocol& protocol, StreamService& service)
    : Wire(link.shard()), link_(link), protocol_(protocol), session_(service.open_session(*this)) {
    link_.wake_after(ping_interval);
}

ByteStream::~ByteStream() = default;

void ByteStream::on_data(DataKind kind, ByteView piece, bool) {
    if (!is_open_) return;
    if (kind == DataKind::text && !protocol_.accepts_text) {
        is_open_ = false;
        return link_.close(CloseCode::unsupported_data, "this protocol is spoken in binary messages");
    }
    if (leftover_.empty()) return feed(piece);
    leftover_.append(as_text(piece));
    feed_leftover();
}

void ByteStream::feed(ByteView bytes) {
    std::size_t used = 0;
    while (may_feed() && used < bytes.size()) {
        const std::size_t taken = session_->on_bytes(bytes.subspan(used));
        if (taken == 0) break;
        used += taken;
    }
    if (is_open_ && used < bytes.size()) leftover_.append(as_text(bytes.subspan(used)));
}

void ByteStream::feed_leftover() {
    if (!may_feed() || leftover_.empty()) return;
    const Bytes bytes = std::exchange(leftover_, {});
    feed(as_bytes(bytes));
}

void ByteStream::flush() noexcept {
    if (std::exchange(resumes_, false)) {
        feed_leftover();
        if (may_feed()) link_.resume_reading();
    }
    while (!out_.empty() && is_open_) {
        // What waits here counts as our backlog; what the link holds already does not.
        if (link_.backlog() >= joined_size) return link_.tell_when_drained();
        send_one_message();
    }
    if (tell_when_drained_) link_.tell_when_drained();
}

void ByteStream::send_one_message() {
    Joined joined = front_of(out_);
    DataKind kind = DataKind::binary;
    if (protocol_.prefers_text) kind = choose_kind(joined, joined.size < out_.size());
    std::uint8_t* at = link_.extend(kind, joined.size);
    std::size_t left = joined.size;
    for (const iovec& piece : joined.pieces) {
        const std::size_t size = std::min(left, piece.iov_len);
        std::memcpy(at, piece.iov_base, size);
        at += size;
        left -= size;
    }
    out_.pop(joined.size);
}

void ByteStream::on_drained() {
    if (!out_.empty()) return flush();
    if (std::exchange(tell_when_drained_, false)) session_->on_drained();
}

void ByteStream::on_timer() {
    link_.ping();
    link_.wake_after(ping_interval);
}

void ByteStream::close() {
    if (!is_open_) return;
    while (!out_.empty()) send_one_message();
    is_open_ = false;
    link_.close(CloseCode::normal, {});
}

void ByteStream::pause_reading() {
    is_paused_ = true;
    resumes_ = false;
    link_.pause_reading();
}

void ByteStream::resume_reading() {
    if (!is_paused_) return;
    is_paused_ = false;
    resumes_ = true;  // not from within the caller: what was received already comes first
    shard_->flush_later(*this);
}

void ByteStream::move_to(Shard& shard) {
    is_moving_ = true;
    link_.move_to(shard);
}

void ByteStream::on_moved() {
    shard_ = &link_.shard();
    is_moving_ = false;
    session_->on_moved();
    link_.wake_after(ping_interval);
    feed_leftover();
}

void ByteStream::on_closed(const Error& reason) {
    is_open_ = false;
    out_.clear();
    session_->on_closed(reason);
}

}  // namespace rialto::web
