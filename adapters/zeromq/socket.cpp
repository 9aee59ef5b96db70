#include "adapters/zeromq/socket.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "adapters/zeromq/context.hpp"

namespace rialto::zeromq {
namespace {

using namespace std::chrono_literals;

constexpr auto look_in_period = 250ms;
constexpr int watched_events = ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

std::string monitor_address() {
    static std::atomic<std::uint64_t> next{0};
    return "inproc://rialto-monitor-" + std::to_string(next++);
}

int descriptor_of(zmq::socket_t& socket) { return socket.get(zmq::sockopt::fd); }

/// @throws zmq::error_t
zmq::socket_t watch_peers_of(zmq::socket_t& socket, zmq::context_t& context) {
    const std::string address = monitor_address();
    if (zmq_socket_monitor(socket.handle(), address.c_str(), watched_events) != 0) throw zmq::error_t();
    zmq::socket_t monitor(context, zmq::socket_type::pair);
    monitor.set(zmq::sockopt::linger, 0);
    monitor.connect(address);
    return monitor;
}

Error no_use(const SocketPlan& plan, const Endpoint& endpoint, const zmq::error_t& why) {
    const Errc code = why.num() == EADDRINUSE ? Errc::over_limit : Errc::invalid;
    return fail(code, std::string("can't ") + (endpoint.binds ? "bind " : "connect ") + name_of(plan.kind) + " to '" +
                          endpoint.address + "': " + why.what());
}

Result<void> meet(zmq::socket_t& socket, const SocketPlan& plan) {
    for (const Endpoint& endpoint : plan.endpoints) {
        try {
            endpoint.binds ? socket.bind(endpoint.address) : socket.connect(endpoint.address);
        } catch (const zmq::error_t& why) {
            return no_use(plan, endpoint, why);
        }
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Socket>> Socket::open(Shard& shard, SocketPlan plan, SocketUser& user) {
    try {
        zmq::socket_t socket = make_socket(shared_context(), plan);
        zmq::socket_t monitor = watch_peers_of(socket, shared_context());
        if (const auto met = meet(socket, plan); !met) return met.error();
        return std::unique_ptr<Socket>(new Socket(shard, std::move(plan), user, std::move(socket), std::move(monitor)));
    } catch (const std::exception& why) {  // ZeroMQ is out of sockets, or Asio out of descriptors
        return fail(Errc::over_limit, std::string("no more ZeroMQ sockets: ") + why.what());
    }
}

Socket::Socket(Shard& shard, SocketPlan plan, SocketUser& user, zmq::socket_t socket, zmq::socket_t monitor)
    : shard_(shard),
      plan_(std::move(plan)),
      user_(user),
      socket_(std::move(socket)),
      monitor_(std::move(monitor)),
      connecting_(static_cast<std::size_t>(std::count_if(plan_.endpoints.begin(), plan_.endpoints.end(),
                                                         [](const Endpoint& endpoint) { return !endpoint.binds; }))),
      failure_{Errc::unreachable, "nobody answers"},
      timer_([this] { on_timer(); }),
      news_(shard.io(), descriptor_of(socket_), [this] { take_news(); }),
      monitor_news_(shard.io(), descriptor_of(monitor_), [this] { read_monitor(); }) {
    shard_.arm(timer_, look_in_period);
    news_.call_soon();
    monitor_news_.call_soon();
}

Socket::~Socket() { zmq_socket_monitor(socket_.handle(), nullptr, 0); }

std::size_t Socket::receive(Parts& parts, std::size_t most) {
    parts.clear();
    std::size_t count = 0;
    for (bool has_more = true; has_more;) {
        zmq::message_t part;
        int received = -1;
        do {
            received = zmq_msg_recv(part.handle(), socket_.handle(), ZMQ_DONTWAIT);
        } while (received == -1 && errno == EINTR);
        if (received == -1) return 0;  // only before the first part: messages arrive as a whole
        has_more = part.more();
        if (++count <= most) parts.push_back(std::move(part));
    }
    return count;
}

bool Socket::can_receive() {
    int events = 0;
    std::size_t size = sizeof events;
    const int asked = zmq_getsockopt(socket_.handle(), ZMQ_EVENTS, &events, &size);
    return asked == 0 && (events & ZMQ_POLLIN) != 0;
}

bool Socket::send(zmq::message_t& part, bool has_more) {
    const int flags = ZMQ_DONTWAIT | (has_more ? ZMQ_SNDMORE : 0);
    int sent = -1;
    do {
        sent = zmq_msg_send(part.handle(), socket_.handle(), flags);
    } while (sent == -1 && errno == EINTR);
    return sent != -1;
}

void Socket::on_timer() {
    shard_.arm(timer_, look_in_period);
    monitor_news_.call_soon();
    take_news();
}

// The descriptor stays readable, and the loop awake, until somebody has asked; the user may not want to.
void Socket::take_news() {
    static_cast<void>(can_receive());
    user_.on_news(*this);
}

void Socket::read_monitor() {
    bool has_changed = false;
    for (;;) {
        zmq::message_t event;
        zmq::message_t address;
        if (zmq_msg_recv(event.handle(), monitor_.handle(), ZMQ_DONTWAIT) == -1) break;
        if (zmq_msg_recv(address.handle(), monitor_.handle(), ZMQ_DONTWAIT) == -1) break;
        if (event.size() < sizeof(std::uint16_t)) continue;
        std::uint16_t number = 0;
        std::memcpy(&number, event.data(), sizeof number);
        take_event(number, address.to_string());
        has_changed = true;
    }
    if (has_changed) user_.on_peers(*this);
}

void Socket::take_event(std::uint16_t event, const std::string& address) {
    switch (event) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            failed_.erase(address);
            peers_.insert(address);
            log::debug("zeromq peer connected", {{"backend", plan_.settings.backend},
                                                 {"socket", name_of(plan_.kind)},
                                                 {"endpoint", address}});
            break;
        case ZMQ_EVENT_DISCONNECTED:
            if (peers_.erase(address) != 0) failure_ = {Errc::unreachable, "the connection to " + address + " is gone"};
            break;
        case ZMQ_EVENT_CONNECT_RETRIED:
            if (failed_.insert(address).second && failure_.code != Errc::refused) {
                failure_ = {Errc::unreachable, "nobody answers at " + address};
            }
            break;
        default:
            failure_ = {Errc::refused, "the handshake with " + address + " failed" +
                                           (plan_.settings.curve ? ", maybe for its CURVE keys" : "")};
            if (const auto held = handshake_log_.pass()) {
                log::warn("zeromq handshake failed", {{"backend", plan_.settings.backend},
                                                      {"socket", name_of(plan_.kind)},
                                                      {"endpoint", address},
                                                      {"more", std::to_string(*held)}});
            }
    }
}

}  // namespace rialto::zeromq
