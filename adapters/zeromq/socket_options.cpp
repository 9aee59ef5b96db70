#include "adapters/zeromq/socket_options.hpp"

#include <algorithm>

namespace rialto::zeromq {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

zmq::socket_type type_of(SocketKind kind) noexcept {
    switch (kind) {
        case SocketKind::subscriber: return zmq::socket_type::sub;
        case SocketKind::puller: return zmq::socket_type::pull;
        case SocketKind::publisher: return zmq::socket_type::xpub;
        case SocketKind::pusher: break;
    }
    return zmq::socket_type::push;
}

void set_keep_alive(zmq::socket_t& socket, const SocketSettings& settings) {
    if (settings.keep_alive.count() > 0) {
        const auto idle = std::max<seconds>(std::chrono::ceil<seconds>(settings.keep_alive), seconds(1));
        socket.set(zmq::sockopt::tcp_keepalive, 1);
        socket.set(zmq::sockopt::tcp_keepalive_idle, static_cast<int>(idle.count()));
        socket.set(zmq::sockopt::tcp_keepalive_intvl, 5);
        socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
    }
    // What is sent and not taken for so long ends the connection, whether the peer is gone or only stands still.
    if (settings.stall_limit.count() > 0) socket.set(zmq::sockopt::tcp_maxrt, static_cast<int>(settings.stall_limit.count()));
}

void set_curve(zmq::socket_t& socket, const Curve& curve, bool binds) {
    socket.set(zmq::sockopt::curve_secretkey, curve.secret_key);
    if (binds) {
        socket.set(zmq::sockopt::curve_server, true);
        return;
    }
    socket.set(zmq::sockopt::curve_publickey, curve.public_key);
    socket.set(zmq::sockopt::curve_serverkey, curve.server_key);
}

}  // namespace

const char* name_of(SocketKind kind) noexcept {
    switch (kind) {
        case SocketKind::subscriber: return "SUB";
        case SocketKind::puller: return "PULL";
        case SocketKind::publisher: return "PUB";
        case SocketKind::pusher: break;
    }
    return "PUSH";
}

bool SocketPlan::binds() const noexcept {
    return std::any_of(endpoints.begin(), endpoints.end(), [](const Endpoint& endpoint) { return endpoint.binds; });
}

zmq::socket_t make_socket(zmq::context_t& context, const SocketPlan& plan) {
    const SocketSettings& settings = plan.settings;
    zmq::socket_t socket(context, type_of(plan.kind));
    socket.set(zmq::sockopt::sndhwm, settings.send_hwm);
    socket.set(zmq::sockopt::rcvhwm, settings.receive_hwm);
    socket.set(zmq::sockopt::linger, plan.sends() ? static_cast<int>(settings.linger.count()) : 0);
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(settings.max_message_size));
    socket.set(zmq::sockopt::reconnect_ivl, 100);
    socket.set(zmq::sockopt::reconnect_ivl_max, 5000);
    set_keep_alive(socket, settings);
    const auto is_ipv6 = [](const Endpoint& endpoint) { return endpoint.address.find('[') != std::string::npos; };
    if (std::any_of(plan.endpoints.begin(), plan.endpoints.end(), is_ipv6)) socket.set(zmq::sockopt::ipv6, true);
    if (settings.curve) set_curve(socket, *settings.curve, plan.binds());
    for (const std::string& prefix : plan.prefixes) socket.set(zmq::sockopt::subscribe, prefix);
    if (plan.kind == SocketKind::publisher) {
        if (!settings.drops_when_full) socket.set(zmq::sockopt::xpub_nodrop, true);
        socket.set(zmq::sockopt::immediate, true);  // what a peer wanted is forgotten with its connection
    }
    return socket;
}

}  // namespace rialto::zeromq
