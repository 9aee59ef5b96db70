#include "core/net/acceptor.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>

namespace rialto {
namespace asio = boost::asio;

namespace {

constexpr int accepts_per_turn = 64;
constexpr auto pause_without_descriptors = std::chrono::milliseconds(200);

struct Bound {
    int descriptor;
    int family;
    std::uint16_t port;
};

Error bind_failure(const Address& address, int code) {
    std::string hint;
    if (code == EADDRINUSE) hint = "; another process listens there: stop it or choose another port";
    if (code == EACCES) hint = "; ports below 1024 need privileges";
    return fail(Errc::refused, "can't listen on " + address.text() + ": " + std::strerror(code) + hint);
}

Result<Bound> listen_on(const Address& address, const sockaddr* name, socklen_t size) {
    const int descriptor = ::socket(name->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return bind_failure(address, errno);
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(descriptor, name, size) != 0 || ::listen(descriptor, 4096) != 0) {
        const int code = errno;
        ::close(descriptor);
        return bind_failure(address, code);
    }
    asio::ip::tcp::endpoint bound;
    auto length = static_cast<socklen_t>(bound.capacity());
    std::uint16_t port = 0;
    if (name->sa_family != AF_UNIX && ::getsockname(descriptor, bound.data(), &length) == 0) port = bound.port();
    return Bound{descriptor, name->sa_family, port};
}

Result<Bound> listen_on_unix(const Address& address) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (address.unix_path.size() >= sizeof name.sun_path) {
        return fail(Errc::invalid, "the socket path '" + address.unix_path + "' is too long");
    }
    std::memcpy(name.sun_path, address.unix_path.data(), address.unix_path.size());
    // Left behind by a dead process: nobody answers there.
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(probe, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 && errno == ECONNREFUSED) {
        ::unlink(address.unix_path.c_str());
    }
    ::close(probe);
    return listen_on(address, reinterpret_cast<sockaddr*>(&name), sizeof name);
}

Result<Bound> listen_on_tcp(const Address& address) {
    asio::io_context io;
    boost::system::error_code error;
    const auto found = asio::ip::tcp::resolver(io).resolve(address.host, std::to_string(address.port),
                                                           asio::ip::tcp::resolver::passive, error);
    if (error || found.empty()) {
        return fail(Errc::invalid, "can't listen on " + address.text() + ": " + error.message());
    }
    const auto endpoint = found.begin()->endpoint();
    return listen_on(address, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
}

}  // namespace

Result<std::shared_ptr<Acceptor>> Acceptor::bind(Shard& shard, const Address& address, Accepted accepted) {
    const auto bound = address.is_unix() ? listen_on_unix(address) : listen_on_tcp(address);
    if (!bound) return bound.error();
    std::shared_ptr<Acceptor> acceptor(new Acceptor(shard, address, std::move(accepted)));
    acceptor->descriptor_ = bound->descriptor;
    acceptor->family_ = bound->family;
    if (bound->port != 0) acceptor->address_.port = bound->port;
    return acceptor;
}

Acceptor::Acceptor(Shard& shard, Address address, Accepted accepted)
    : shard_(shard), address_(std::move(address)), accepted_(std::move(accepted)), has_path_(address_.is_unix()) {}

Acceptor::~Acceptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
    forget_path();
}

void Acceptor::forget_path() noexcept {
    if (has_path_.exchange(false)) ::unlink(address_.unix_path.c_str());
}

void Acceptor::start() {
    shard_.post([self = shared_from_this()] {
        auto readiness = std::make_shared<Readiness>(self->shard_.io(), std::exchange(self->descriptor_, -1));
        self->readiness_ = readiness;
        self->wait(std::move(readiness));
    });
}

void Acceptor::close() {
    shard_.post([self = shared_from_this()] {
        boost::system::error_code ignored;
        if (const auto readiness = self->readiness_.lock()) readiness->close(ignored);
        self->forget_path();
    });
}

void Acceptor::wait(std::shared_ptr<Readiness> readiness) {
    Readiness& waiting = *readiness;
    waiting.async_wait(Readiness::wait_read, [self = shared_from_this(), readiness = std::move(readiness)](
                                                 const boost::system::error_code& error) {
        if (!error) self->accept_all(readiness);
    });
}

void Acceptor::accept_all(const std::shared_ptr<Readiness>& readiness) {
    if (!readiness->is_open()) return;
    for (int count = 0; count < accepts_per_turn; ++count) {
        const int descriptor = ::accept4(readiness->native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            accepted_({descriptor, family_});
            continue;
        }
        if (errno == EAGAIN) break;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (const auto held = trouble_.pass()) {
                log::warn("can't accept connections",
                          {{"address", address_.text()}, {"error", std::strerror(errno)}, {"held_back", std::to_string(*held)}});
            }
            return wait_for_descriptors(readiness);
        }
        // Anything else concerns one connection that is gone already.
    }
    wait(readiness);
}

void Acceptor::wait_for_descriptors(std::shared_ptr<Readiness> readiness) {
    auto timer = std::make_shared<asio::steady_timer>(shard_.io(), pause_without_descriptors);
    asio::steady_timer& waiting = *timer;
    waiting.async_wait([self = shared_from_this(), timer = std::move(timer), readiness = std::move(readiness)](
                           const boost::system::error_code& error) {
        if (!error) self->accept_all(readiness);
    });
}

}  // namespace rialto
