// A forwarder, as people put one between ZeroMQ programs: what comes in at FRONT goes out to everybody. It uses libzmq alone.
//
//   zeromq_peer KIND FRONT BACK READERS INJECT SECRET_KEY
//
// KIND "pubsub": FRONT is a SUB and BACK a PUB. KIND "pushpull": PULL and PUSH; BACK drops what nobody takes.
// READERS is a PUB for test readers. INJECT is a REP for test publishers: ["all" or "readers", parts…]. SECRET_KEY, unless
// it is "-", makes FRONT and BACK servers of CURVE.

#include <array>
#include <iostream>
#include <string>
#include <vector>
#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace {

using Parts = std::vector<zmq::message_t>;

void bind_to(zmq::socket_t& socket, const std::string& address, const std::string& secret_key) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndhwm, 0);
    socket.set(zmq::sockopt::rcvhwm, 0);
    if (secret_key != "-") {
        socket.set(zmq::sockopt::curve_server, true);
        socket.set(zmq::sockopt::curve_secretkey, secret_key);
    }
    socket.bind(address);
}

bool receive(zmq::socket_t& socket, Parts& parts) {
    parts.clear();
    return zmq::recv_multipart(socket, std::back_inserter(parts), zmq::recv_flags::dontwait).has_value();
}

void send(zmq::socket_t& socket, const Parts& parts, std::size_t first) {
    for (std::size_t i = first; i < parts.size(); ++i) {
        zmq::message_t copy;
        copy.copy(const_cast<zmq::message_t&>(parts[i]));
        const auto more = i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
        if (!socket.send(copy, zmq::send_flags::dontwait | more)) return;
    }
}

/// Subscriptions are taken in as they are read.
void read_subscriptions(zmq::socket_t& socket) {
    Parts parts;
    while (receive(socket, parts)) {
    }
}

void forward(zmq::socket_t& front, zmq::socket_t& back, zmq::socket_t& readers, zmq::socket_t& inject, bool is_pubsub) {
    std::array<zmq::pollitem_t, 4> items{{{front, 0, ZMQ_POLLIN, 0},
                                          {inject, 0, ZMQ_POLLIN, 0},
                                          {readers, 0, ZMQ_POLLIN, 0},
                                          {back, 0, static_cast<short>(is_pubsub ? ZMQ_POLLIN : 0), 0}}};
    for (Parts parts;;) {
        zmq::poll(items.data(), is_pubsub ? 4 : 3, std::chrono::milliseconds(-1));
        const auto take_in = [&] {
            read_subscriptions(readers);
            if (is_pubsub) read_subscriptions(back);
        };
        take_in();
        while (receive(front, parts)) {
            send(readers, parts, 0);
            send(back, parts, 0);
        }
        while (receive(inject, parts)) {
            take_in();
            send(readers, parts, 1);
            if (parts[0].to_string_view() == "all") send(back, parts, 1);
            inject.send(zmq::message_t(), zmq::send_flags::none);
        }
    }
}

}  // namespace

int main(int count, char** words) {
    if (count != 7) return 2;
    const std::string secret_key = words[6];
    const bool is_pubsub = std::string(words[1]) == "pubsub";
    try {
        zmq::context_t context;
        zmq::socket_t front(context, is_pubsub ? zmq::socket_type::sub : zmq::socket_type::pull);
        zmq::socket_t back(context, is_pubsub ? zmq::socket_type::xpub : zmq::socket_type::push);
        zmq::socket_t readers(context, zmq::socket_type::xpub);
        zmq::socket_t inject(context, zmq::socket_type::rep);
        if (is_pubsub) front.set(zmq::sockopt::subscribe, "");
        bind_to(inject, words[5], "-");
        bind_to(readers, words[4], "-");
        bind_to(back, words[3], secret_key);
        bind_to(front, words[2], secret_key);
        forward(front, back, readers, inject, is_pubsub);
    } catch (const zmq::error_t& why) {
        std::cerr << "zeromq_peer: " << why.what() << "\n";
        return 1;
    }
}
