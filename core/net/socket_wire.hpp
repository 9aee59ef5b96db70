#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "core/net/tls.hpp"
#include "core/net/wire.hpp"

namespace rialto {

/// A TCP or unix socket of either direction, TLS or not. An idle one owns no buffers.
/// Keeps itself alive while the connection is open. Lives on: one shard.
class SocketWire final : public Wire,
                         public std::enable_shared_from_this<SocketWire>,
                         public boost::intrusive::list_base_hook<
                             boost::intrusive::link_mode<boost::intrusive::auto_unlink>, boost::intrusive::tag<SocketWire>> {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                    boost::asio::io_context::executor_type>;

    /// @param descriptor  connected; owned from now on
    /// @param tls         null for plain text; its handshake happens on the way
    SocketWire(Shard& shard, int descriptor, int family, TlsConnection tls);
    ~SocketWire();

    /// Begins to read. The session is destroyed after its on_closed().
    void start(std::unique_ptr<StreamSession> session);
    /// Whom to tell on the new shard when the wire moves, before the session; for lists of connections by shard.
    void when_moved(std::function<void(SocketWire&)> moved) { moved_ = std::move(moved); }
    StreamSession* session() noexcept { return session_.get(); }

    void close() override;
    void pause_reading() override;
    void resume_reading() override;
    void move_to(Shard& shard) override;
    std::string peer() const override;
    std::string verified_name() const override;
    void flush() noexcept override;

private:
    enum class State : std::uint8_t { open, draining_output, awaiting_peer, closed };

    struct Received {
        std::size_t size = 0;
        bool would_block = false;
        bool ended = false;
        bool failed = false;
    };

    void wait_readable();
    void wait_writable();
    /// Keeps the object alive, and the loss of the connection noticed, while nothing is read.
    void stay_open();
    void on_readable();
    void read_once();
    Received receive(std::span<std::uint8_t> into);
    Received receive_tls(std::span<std::uint8_t> into);
    /// Offers the bytes in slices, so that what they caused is written while it is warm. @return how many are used up
    std::size_t feed(ByteView bytes);
    void keep_leftover(ByteView rest);
    void wait_for_congestion();
    void discard_input();
    /// @return false once the socket takes no more or failed
    bool send_some();
    void output_is_gone();
    void finish(Error reason);
    void finish_move();
    void end_session();
    Error transport_error(const char* doing) const;

    Socket socket_;
    TlsConnection tls_;
    std::unique_ptr<StreamSession> session_;
    std::vector<std::uint8_t> leftover_;  ///< an unfinished frame
    std::unique_ptr<Timer> timer_;        ///< congestion, lingering close: rare, so made when needed
    std::function<void(SocketWire&)> moved_;
    Shard* move_target_ = nullptr;
    Error reason_{Errc::closed, {}};
    State state_ = State::open;
    int family_;
    bool is_paused_ = false;
    bool is_waiting_to_read_ = false;
    bool is_waiting_to_write_ = false;
    bool is_waiting_for_error_ = false;
    bool is_feeding_ = false;
};

using SocketWirePtr = std::shared_ptr<SocketWire>;

}  // namespace rialto
