#pragma once

#include <memory>
#include <string>

#include "core/error.hpp"
#include "core/net/out_queue.hpp"
#include "core/shard.hpp"

namespace rialto {

/// One connection, seen from the protocol that is spoken on it: bytes out, and a few wishes. TCP, TLS, unix sockets and
/// WebSocket stand behind it, and tests put a plain buffer there. Lives on: one shard.
class Wire : public Flushable {
public:
    explicit Wire(Shard& shard) noexcept : shard_(&shard) {}
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// Room for `size` bytes of output, contiguous, to be filled before the next call. All output of a turn leaves
    /// in one write at its end.
    std::uint8_t* extend(std::size_t size) {
        gathered(size);
        return out_.extend(size);
    }
    void write(ByteView bytes) {
        gathered(bytes.size());
        out_.append(bytes);
    }
    void write_payload(const MessagePtr& message) {
        gathered(message->payload().size());
        out_.append_payload(message);
    }

    /// Bytes written that the other side's kernel has not taken yet: what limits on slow readers look at.
    std::size_t backlog() const noexcept { return out_.size(); }
    /// Has the session's on_drained() called once the backlog is gone.
    void tell_when_drained() noexcept { tell_when_drained_ = true; }

    /// Ends the connection after what was written has gone out; nothing more is read from it. The session's on_closed()
    /// follows, never from within this call.
    virtual void close() = 0;
    /// Stops and restarts reading: back-pressure on a client that can't be told to wait.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;
    /// From within on_bytes() only, and before anything was written: continue on another shard. No more bytes come until
    /// the session's on_moved() was called there.
    virtual void move_to(Shard& shard) = 0;

    /// The other side's address, for logs: "127.0.0.1:51234".
    virtual std::string peer() const = 0;
    /// The common name of the client's verified certificate; empty without one.
    virtual std::string verified_name() const { return {}; }

    Shard& shard() const noexcept { return *shard_; }

protected:
    ~Wire() = default;

    void gathered(std::size_t size) {
        shard_->count_gathered(size);
        shard_->flush_later(*this);
    }

    OutQueue out_;
    Shard* shard_;
    bool tell_when_drained_ = false;
};

/// A protocol spoken on one connection: bytes in, and what it writes to its wire. It owns no socket, no timer thread.
/// Lives on: the wire's shard. Made before the first byte, destroyed after on_closed().
class StreamSession {
public:
    virtual ~StreamSession() = default;

    /// Takes what was received. @return how many bytes were used up; the rest comes again with more behind it.
    virtual std::size_t on_bytes(ByteView bytes) = 0;
    /// The backlog is gone, after Wire::tell_when_drained().
    virtual void on_drained() {}
    /// The wire continues on another shard, after Wire::move_to().
    virtual void on_moved() {}
    /// The gateway is stopping: say goodbye in the protocol's words, then close the wire.
    virtual void on_drain() = 0;
    /// The connection is gone, whoever ended it. `reason.code` is closed where we did or the peer did so properly at the
    /// transport level; nothing may be written any more.
    virtual void on_closed(const Error& reason) = 0;
};

}  // namespace rialto
