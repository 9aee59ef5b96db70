#include "core/net/socket_wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/bus.hpp"
#include "core/net/address.hpp"

namespace rialto {
namespace {

constexpr std::size_t slice_size = 8 * 1024;
constexpr auto congestion_pause = std::chrono::milliseconds(1);
/// How long the peer may take to close its side after we closed ours, so that it can read our last words.
constexpr auto linger_time = std::chrono::seconds(2);
constexpr std::size_t pieces_per_write = 64;

}  // namespace

SocketWire::SocketWire(Shard& shard, int descriptor, int family, TlsConnection tls)
    : Wire(shard),
      socket_(shard.io(), boost::asio::generic::stream_protocol(family, 0), descriptor),
      tls_(std::move(tls)),
      family_(family) {
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
    if (family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

SocketWire::~SocketWire() = default;

void SocketWire::start(std::unique_ptr<StreamSession> session) {
    session_ = std::move(session);
    if (tls_) shard_->flush_later(*this);  // a client speaks first in the handshake
    wait_readable();
}

void SocketWire::wait_readable() {
    if (is_waiting_to_read_ || state_ == State::closed) return;
    is_waiting_to_read_ = true;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
        self->is_waiting_to_read_ = false;
        if (error) return self->finish({Errc::closed, "closed"});
        self->on_readable();
    });
}

void SocketWire::wait_writable() {
    if (is_waiting_to_write_ || state_ == State::closed) return;
    is_waiting_to_write_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
        self->is_waiting_to_write_ = false;
        if (!error) self->flush();
    });
}

void SocketWire::stay_open() {
    if (is_waiting_for_error_ || state_ == State::closed) return;
    is_waiting_for_error_ = true;
    socket_.async_wait(Socket::wait_error, [self = shared_from_this()](const boost::system::error_code& error) {
        self->is_waiting_for_error_ = false;
        // While the last words wait for the turn's end, nothing but this keeps the wire, and nothing else would tell.
        const bool is_unheard = self->is_paused_ || self->state_ == State::draining_output;
        if (!error && is_unheard) self->finish({Errc::unreachable, "the connection was lost"});
    });
}

void SocketWire::on_readable() {
    switch (state_) {
        case State::closed: return;
        case State::awaiting_peer: return discard_input();
        case State::draining_output: return;
        case State::open: break;
    }
    if (is_paused_) return;
    if (shard_->bus().is_congested()) return wait_for_congestion();
    read_once();
}

void SocketWire::read_once() {
    const auto buffer = shard_->read_buffer();
    Received received;
    std::size_t used = 0;
    if (leftover_.size() <= buffer.size() / 2) {
        std::size_t have = leftover_.size();
        if (have != 0) std::memcpy(buffer.data(), leftover_.data(), have);
        received = receive(buffer.subspan(have));
        have += received.size;
        used = received.size == 0 ? 0 : feed(buffer.first(have));
        if (received.size != 0) keep_leftover(buffer.subspan(used, have - used));
    } else {  // a frame larger than the shared buffer grows in a place of its own
        const std::size_t have = leftover_.size();
        leftover_.resize(have + buffer.size());
        received = receive(std::span(leftover_).subspan(have));
        leftover_.resize(have + received.size);
        if (received.size != 0) used = feed(leftover_);
        leftover_.erase(leftover_.begin(), leftover_.begin() + static_cast<std::ptrdiff_t>(used));
        if (leftover_.empty()) leftover_ = {};
    }
    if (move_target_) return finish_move();
    if (received.failed) return finish(transport_error("reading"));
    if (received.ended) return finish({Errc::closed, "the other side closed the connection"});
    shard_->end_quiet_turn();
    if (state_ == State::open && !is_paused_) {
        // TLS may hold decrypted bytes that no readiness of the socket will tell of.
        if (tls_ && !received.would_block) {
            boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->on_readable(); });
        } else {
            wait_readable();
        }
    }
}

SocketWire::Received SocketWire::receive(std::span<std::uint8_t> into) {
    if (tls_) return receive_tls(into);
    const ssize_t size = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    if (size > 0) return {static_cast<std::size_t>(size)};
    if (size == 0) return {.ended = true};
    if (errno == EAGAIN || errno == EINTR) return {.would_block = true};
    return {.failed = true};
}

SocketWire::Received SocketWire::receive_tls(std::span<std::uint8_t> into) {
    Received received;
    while (received.size < into.size()) {
        std::size_t size = 0;
        if (SSL_read_ex(tls_.get(), into.data() + received.size, into.size() - received.size, &size) == 1) {
            received.size += size;
            continue;
        }
        switch (SSL_get_error(tls_.get(), 0)) {
            case SSL_ERROR_WANT_READ: received.would_block = true; break;
            case SSL_ERROR_WANT_WRITE:
                received.would_block = true;
                wait_writable();
                break;
            case SSL_ERROR_ZERO_RETURN: received.ended = true; break;
            default: received.failed = true;
        }
        break;
    }
    if (SSL_is_init_finished(tls_.get()) && !out_.empty()) shard_->flush_later(*this);
    return received;
}

std::size_t SocketWire::feed(ByteView bytes) {
    is_feeding_ = true;
    std::size_t used = 0;
    std::size_t slice = slice_size;
    while (used < bytes.size() && state_ == State::open && !is_paused_ && !move_target_) {
        const std::size_t end = std::min(bytes.size(), used + slice);
        const std::size_t taken = session_->on_bytes(bytes.subspan(used, end - used));
        used += taken;
        if (shard_->has_gathered_much()) shard_->flush_now();
        if (taken == 0) {
            if (end == bytes.size()) break;
            slice *= 2;  // a frame that is larger than a slice
        } else {
            slice = slice_size;
        }
    }
    is_feeding_ = false;
    return used;
}

void SocketWire::keep_leftover(ByteView rest) {
    if (rest.empty()) {
        if (leftover_.capacity() != 0) leftover_ = {};
        return;
    }
    leftover_.assign(rest.begin(), rest.end());
}

void SocketWire::wait_for_congestion() {
    stay_open();
    timer_ = std::make_unique<Timer>([this] { on_readable(); });
    shard_->arm(*timer_, congestion_pause);
}

void SocketWire::pause_reading() {
    is_paused_ = true;
    stay_open();
}

void SocketWire::resume_reading() {
    if (!is_paused_) return;
    is_paused_ = false;
    if (state_ != State::open || is_feeding_) return;
    // What had been read already comes first, and not from within the caller.
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
        if (self->state_ != State::open || self->is_paused_) return;
        if (!self->leftover_.empty()) {
            const auto bytes = std::exchange(self->leftover_, {});
            const std::size_t used = self->feed(bytes);
            self->keep_leftover(ByteView(bytes).subspan(used));
        }
        if (self->state_ != State::open || self->is_paused_) return;
        if (self->tls_) return self->on_readable();
        self->wait_readable();
    });
}

void SocketWire::move_to(Shard& shard) { move_target_ = &shard; }

void SocketWire::finish_move() {
    Shard* const target = std::exchange(move_target_, nullptr);
    if (state_ != State::open) return;
    boost::system::error_code error;
    const int descriptor = socket_.release(error);
    if (error) return finish({Errc::internal, "a socket can't change its thread: " + error.message()});
    using Hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                  boost::intrusive::tag<SocketWire>>;
    static_cast<Hook&>(*this).unlink();
    target->post([self = shared_from_this(), target, descriptor] {
        self->shard_ = target;
        self->socket_ = Socket(target->io(), boost::asio::generic::stream_protocol(self->family_, 0), descriptor);
        if (self->moved_) self->moved_(*self);
        self->session_->on_moved();
        if (std::exchange(self->is_paused_, true)) return;
        self->resume_reading();
    });
}

void SocketWire::flush() noexcept {
    if (state_ == State::closed || is_waiting_to_write_) return;
    if (tls_ && !SSL_is_init_finished(tls_.get()) && out_.empty()) {
        // Moves the handshake on; everything else of it happens while reading.
        const int done = SSL_do_handshake(tls_.get());
        if (done != 1 && SSL_get_error(tls_.get(), done) == SSL_ERROR_WANT_WRITE) wait_writable();
        return;
    }
    while (!out_.empty()) {
        if (!send_some()) return;
    }
    output_is_gone();
}

bool SocketWire::send_some() {
    std::array<iovec, pieces_per_write> storage;
    const auto pieces = out_.front(storage);
    ssize_t sent = -1;
    if (tls_) {
        std::size_t size = 0;
        if (SSL_write_ex(tls_.get(), pieces[0].iov_base, pieces[0].iov_len, &size) == 1) {
            sent = static_cast<ssize_t>(size);
        } else {
            const int why = SSL_get_error(tls_.get(), 0);
            if (why == SSL_ERROR_WANT_WRITE) wait_writable();
            if (why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ) return false;
        }
    } else {
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = pieces.size();
        sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            wait_writable();
            return false;
        }
    }
    if (sent < 0) {
        finish(transport_error("writing"));
        return false;
    }
    out_.pop(static_cast<std::size_t>(sent));
    return true;
}

void SocketWire::output_is_gone() {
    if (state_ == State::draining_output) {
        state_ = State::awaiting_peer;
        if (tls_) SSL_shutdown(tls_.get());
        ::shutdown(socket_.native_handle(), SHUT_WR);
        timer_ = std::make_unique<Timer>([this] { finish({Errc::closed, "closed"}); });
        shard_->arm(*timer_, linger_time);
        wait_readable();
        return;
    }
    if (std::exchange(tell_when_drained_, false) && session_) session_->on_drained();
}

void SocketWire::discard_input() {
    const auto buffer = shard_->read_buffer();
    for (int rounds = 0; rounds < 16; ++rounds) {
        const ssize_t size = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
        if (size > 0) continue;
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
        return finish({Errc::closed, "closed"});
    }
    wait_readable();
}

void SocketWire::close() {
    if (state_ != State::open) return;
    state_ = State::draining_output;
    stay_open();
    shard_->flush_later(*this);
    timer_ = std::make_unique<Timer>([this] { finish({Errc::timed_out, "the other side did not read our last words"}); });
    shard_->arm(*timer_, linger_time);
}

void SocketWire::finish(Error reason) {
    if (state_ == State::closed) return;
    state_ = State::closed;
    reason_ = std::move(reason);
    out_.clear();
    timer_.reset();
    boost::system::error_code ignored;
    socket_.close(ignored);
    // Never from within a call of the session.
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->end_session(); });
}

void SocketWire::end_session() {
    if (!session_) return;
    session_->on_closed(reason_);
    session_.reset();
    leftover_ = {};
    static_cast<boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                 boost::intrusive::tag<SocketWire>>&>(*this)
        .unlink();
}

Error SocketWire::transport_error(const char* doing) const {
    if (!tls_) return {Errc::unreachable, std::string(doing) + ": " + std::strerror(errno)};
    const long verified = SSL_get_verify_result(tls_.get());
    if (verified != X509_V_OK) {
        return {Errc::refused, std::string("the certificate was not accepted: ") + X509_verify_cert_error_string(verified)};
    }
    return {Errc::unreachable, std::string(doing) + ": " + tls_error_text()};
}

std::string SocketWire::peer() const { return address_of_peer(const_cast<Socket&>(socket_).native_handle()); }

std::string SocketWire::verified_name() const {
    if (!tls_ || SSL_get_verify_result(tls_.get()) != X509_V_OK) return {};
    const std::unique_ptr<X509, Calls<X509_free>> certificate(SSL_get1_peer_certificate(tls_.get()));
    if (!certificate) return {};
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
    return name.data();
}

}  // namespace rialto
