#include "tests/contract/subjects/raw_amqp.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/link.h>
#include <proton/message.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/transport.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace rialto::contract {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto answer_within = 20s;

std::string text_of(const char* text) { return text ? text : ""; }

int connected_socket(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(descriptor);
        throw std::runtime_error("raw AMQP: nobody listens");
    }
    return descriptor;
}

std::string encoded(const RawAmqp::Message& from) {
    pn_message_t* const message = pn_message();
    pn_message_set_durable(message, true);
    pn_message_set_inferred(message, true);  // a data section
    if (!from.to.empty()) pn_message_set_address(message, from.to.c_str());
    if (!from.subject.empty()) pn_message_set_subject(message, from.subject.c_str());
    pn_data_put_binary(pn_message_body(message), pn_bytes(from.body.size(), from.body.data()));
    std::string out(from.body.size() + from.to.size() + from.subject.size() + 1024, '\0');
    std::size_t size = out.size();
    const int failed = pn_message_encode(message, out.data(), &size);
    pn_message_free(message);
    if (failed != 0) throw std::runtime_error("raw AMQP: a message could not be encoded");
    out.resize(size);
    return out;
}

RawAmqp::Message decoded(const std::string& octets) {
    pn_message_t* const message = pn_message();
    pn_message_decode(message, octets.data(), octets.size());
    RawAmqp::Message out{text_of(pn_message_get_address(message)), text_of(pn_message_get_subject(message)), {}};
    pn_data_t* const body = pn_message_body(message);
    pn_data_rewind(body);
    if (pn_data_next(body) && pn_data_type(body) == PN_BINARY) {
        const pn_bytes_t bytes = pn_data_get_binary(body);
        out.body.assign(bytes.start, bytes.size);
    }
    pn_message_free(message);
    return out;
}

}  // namespace

RawAmqp::RawAmqp(std::uint16_t port) : socket_(connected_socket(port)) {
    pn_connection_driver_init(&driver_, nullptr, nullptr);
    static int count = 0;
    pn_connection_set_container(driver_.connection, ("raw-" + std::to_string(++count)).c_str());
    pn_connection_set_hostname(driver_.connection, "127.0.0.1");
    pn_connection_set_user(driver_.connection, "rialto");
    pn_connection_set_password(driver_.connection, "bridge");
    pn_sasl_allowed_mechs(pn_sasl(driver_.transport), "PLAIN");
    pn_sasl_set_allow_insecure_mechs(pn_sasl(driver_.transport), true);
    pn_connection_open(driver_.connection);
    session_ = pn_session(driver_.connection);
    pn_session_open(session_);
    pn_connection_driver_bind(&driver_);
    const bool opened = run_until([&] { return (pn_session_state(session_) & PN_REMOTE_ACTIVE) != 0; }, answer_within);
    if (!opened) throw std::runtime_error("raw AMQP: no session");
}

RawAmqp::~RawAmqp() {
    ::close(socket_);
    pn_connection_driver_destroy(&driver_);
}

bool RawAmqp::run_until(const std::function<bool()>& done, std::chrono::milliseconds within) {
    const auto deadline = Clock::now() + within;
    turn(0);
    while (!done()) {
        if (!trouble_.empty()) throw std::runtime_error("raw AMQP: " + trouble_);
        if (Clock::now() >= deadline) return false;
        turn(10);
    }
    return true;
}

void RawAmqp::turn(int wait_ms) {
    for (pn_bytes_t out = pn_connection_driver_write_buffer(&driver_); out.size != 0; out = pn_connection_driver_write_buffer(&driver_)) {
        const ssize_t written = ::send(socket_, out.start, out.size, MSG_NOSIGNAL);
        if (written <= 0) throw std::runtime_error("raw AMQP: the connection broke");
        pn_connection_driver_write_done(&driver_, static_cast<std::size_t>(written));
    }
    pollfd ready{socket_, POLLIN, 0};
    const pn_rwbytes_t room = pn_connection_driver_read_buffer(&driver_);
    if (room.size != 0 && ::poll(&ready, 1, wait_ms) > 0) {
        const ssize_t size = ::recv(socket_, room.start, room.size, 0);
        if (size <= 0) throw std::runtime_error("raw AMQP: the connection broke");
        pn_connection_driver_read_done(&driver_, static_cast<std::size_t>(size));
    }
    while (pn_event_t* const event = pn_connection_driver_next_event(&driver_)) handle(event);
}

void RawAmqp::handle(pn_event_t* event) {
    pn_condition_t* condition = nullptr;
    switch (pn_event_type(event)) {
        case PN_DELIVERY: return take(pn_event_delivery(event));
        case PN_LINK_REMOTE_CLOSE:
        case PN_LINK_REMOTE_DETACH: condition = pn_link_remote_condition(pn_event_link(event)); break;
        case PN_SESSION_REMOTE_CLOSE: condition = pn_session_remote_condition(pn_event_session(event)); break;
        case PN_CONNECTION_REMOTE_CLOSE: condition = pn_connection_remote_condition(driver_.connection); break;
        case PN_TRANSPORT_ERROR: condition = pn_transport_condition(driver_.transport); break;
        default: return;
    }
    trouble_ = "closed: " + text_of(pn_condition_get_description(condition));
}

void RawAmqp::take(pn_delivery_t* delivery) {
    pn_link_t* const link = pn_delivery_link(delivery);
    if (pn_link_is_sender(link) || pn_delivery_partial(delivery)) return;
    std::string octets(pn_delivery_pending(delivery), '\0');
    pn_link_recv(link, octets.data(), octets.size());
    messages_.push_back(decoded(octets));
    pn_delivery_update(delivery, PN_ACCEPTED);
    pn_delivery_settle(delivery);
    pn_link_flow(link, 1);
}

pn_link_t* RawAmqp::sender_to(const std::string& target) {
    if (const auto known = senders_.find(target); known != senders_.end()) return known->second;
    pn_link_t* const link = pn_sender(session_, ("send " + target).c_str());
    pn_terminus_set_type(pn_link_target(link), PN_TARGET);
    if (!target.empty()) pn_terminus_set_address(pn_link_target(link), target.c_str());
    pn_link_set_snd_settle_mode(link, PN_SND_UNSETTLED);
    pn_link_open(link);
    return senders_.emplace(target, link).first->second;
}

void RawAmqp::publish(const std::string& target, const Message& message) {
    pn_link_t* const link = sender_to(target);
    if (!run_until([&] { return pn_link_credit(link) > 0; }, answer_within)) throw std::runtime_error("raw AMQP: no credit");
    const std::string octets = encoded(message);
    pn_delivery_t* const delivery = pn_delivery(link, pn_dtag("x", 1));
    pn_link_send(link, octets.data(), octets.size());
    pn_link_advance(link);
    const bool is_told = run_until([&] { return pn_delivery_remote_state(delivery) != 0; }, answer_within);
    if (!is_told || pn_delivery_remote_state(delivery) != PN_ACCEPTED) throw std::runtime_error("raw AMQP: not accepted");
    pn_delivery_settle(delivery);
}

void RawAmqp::subscribe(const std::string& source) {
    pn_link_t* const link = pn_receiver(session_, ("read " + source).c_str());
    pn_terminus_set_address(pn_link_source(link), source.c_str());
    pn_link_open(link);
    pn_link_flow(link, 10'000);
    const bool attached = run_until([&] { return (pn_link_state(link) & PN_REMOTE_ACTIVE) != 0; }, answer_within);
    if (!attached) throw std::runtime_error("raw AMQP: not subscribed to " + source);
    run_until([] { return false; }, 50ms);  // brokers answer the attach before the subscription is in force, or refuse behind it
}

std::optional<RawAmqp::Message> RawAmqp::next(std::chrono::milliseconds within) {
    if (!run_until([&] { return !messages_.empty(); }, within)) return std::nullopt;
    Message message = std::move(messages_.front());
    messages_.pop_front();
    return message;
}

}  // namespace rialto::contract
