#include "adapters/mqtt/peer.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace rialto::mqtt {

Peer::Peer(Server& server, const std::shared_ptr<const Limits>& limits, Wire& wire)
    : server_(server),
      limits_(limits),
      wire_(wire),
      timer_([this] { check_silence(); }),
      last_heard_(wire.shard().now()) {
    wire_.shard().arm(timer_, limits_->connect_timeout);
}

Peer::~Peer() = default;

std::size_t Peer::on_bytes(ByteView bytes) {
    last_heard_ = wire_.shard().now();
    std::size_t used = 0;
    Frame frame;
    while (state_ == State::connected || state_ == State::awaiting_connect) {
        const std::size_t limit =
            state_ == State::connected ? limits().max_packet_size : limits().max_connect_size;
        const FrameResult result = next_frame(bytes.subspan(used), limit, frame);
        if (result.status == FrameStatus::need_more) break;
        if (result.status == FrameStatus::bad) {
            fail(result.fault);
            break;
        }
        if (!handle(frame)) return used;
        used += frame.size;
        if (is_held_back_) break;
    }
    return state_ == State::closed ? bytes.size() : used;
}

bool Peer::handle(const Frame& frame) {
    if (state_ == State::awaiting_connect) return handle_first(frame);
    if (frame.overlong_length && version() == Version::v5) {
        fail(malformed("Remaining Length is longer than needed"));
        return true;
    }
    switch (frame.type) {
        case PacketType::publish:
            on_publish(frame);
            break;
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubcomp:
            on_ack(frame);
            break;
        case PacketType::pubrel:
            on_pubrel(frame);
            break;
        case PacketType::subscribe:
            on_subscribe(frame);
            break;
        case PacketType::unsubscribe:
            on_unsubscribe(frame);
            break;
        case PacketType::pingreq:
            on_pingreq(frame);
            break;
        case PacketType::disconnect:
            on_disconnect(frame);
            break;
        case PacketType::auth:
            on_auth(frame);
            break;
        case PacketType::connect:
            fail(protocol_error("a second CONNECT"));
            break;  // [MQTT-3.1.0-2]
        default:
            fail(protocol_error("a packet that only a server sends"));
            break;
    }
    return true;
}

bool Peer::handle_first(const Frame& frame) {
    if (frame.type == PacketType::connect) return on_connect(frame);
    fail(protocol_error("the first packet is not CONNECT"));  // [MQTT-3.1.0-1]
    return true;
}

void Peer::on_moved() {
    state_ = State::awaiting_connect;
    last_heard_ = wire_.shard().now();
    wire_.shard().arm(timer_, limits().connect_timeout);
}

void Peer::on_drained() {
    if (session_ != nullptr) session_->pump();
}

void Peer::on_drain() {
    if (state_ == State::closed) return;
    if (state_ == State::connected) say_goodbye(ReasonCode::server_shutting_down, {});
    leave();
}

void Peer::on_closed(const Error&) {
    state_ = State::closed;
    timer_.cancel();
    release_session();
}

void Peer::taken_over() {
    say_goodbye(ReasonCode::session_taken_over, {});
    session_->detach();
    session_ = nullptr;
    sessions().counters().connected.add(-1);
    leave();
}

bool Peer::write(const MessagePtr& message, Look look) {
    look.topic = message->topic();
    const std::string& mount_point = limits().mount_point;
    if (!mount_point.empty() && look.topic.starts_with(mount_point))
        look.topic.remove_prefix(mount_point.size());
    sessions().counters().messages_sent.add();
    return write_publish(wire_, receiver_, message, look);
}

void Peer::write_ack(PacketType type, PacketId id, ReasonCode reason) {
    const bool is_short = version() != Version::v5 || reason == ReasonCode::success;
    Writer out(wire_.extend(is_short ? 4 : 5));
    out.u8((static_cast<unsigned>(type) << 4U) | (type == PacketType::pubrel ? 2U : 0U));
    out.u8(is_short ? 2 : 3);
    out.u16(id);
    if (!is_short) out.u8(static_cast<unsigned>(reason));
}

void Peer::write_pubrel(PacketId id, ReasonCode reason) {
    write_ack(PacketType::pubrel, id, reason);
}

void Peer::ask_again() {
    // A receipt may settle in the middle of anything: the connection ends in a turn of its own.
    has_to_ask_again_ = true;
    wire_.shard().arm(timer_, Clock::duration::zero());
}

void Peer::acknowledged_some() {
    const Inbound* const inbound = session_ != nullptr ? session_->inbound_if_any() : nullptr;
    if (is_held_back_ && (inbound == nullptr || inbound->unacknowledged() < limits().receive_maximum)) {
        stop_holding_back();
    }
}

void Peer::hold_back() {
    is_held_back_ = true;
    wire_.pause_reading();
}

void Peer::stop_holding_back() {
    is_held_back_ = false;
    last_heard_ = wire_.shard().now();
    wire_.resume_reading();
}

void Peer::fail(Fault fault) {
    if (state_ == State::awaiting_connect) return refuse(fault);
    log_refusal(fault);
    say_goodbye(fault.reason, fault.what);
    leave();
}

void Peer::log_refusal(Fault fault) const {
    const auto held_back = server_.refusals().pass();
    if (!held_back) return;
    log::info("client refused", {{"listener", limits().listener},
                                 {"peer", wire_.peer()},
                                 {"reason", std::string(name(fault.reason))},
                                 {"why", fault.what},
                                 {"held_back", std::to_string(*held_back)}});
}

void Peer::say_goodbye(ReasonCode reason, std::string_view why) {
    if (version() != Version::v5 || state_ != State::connected) return;  // only 5.0 has words for it
    PropertyWriter properties;
    if (!why.empty()) add_reason_string(properties, why);
    Bytes packet;
    encode(Disconnect{.reason = reason, .properties = properties.view()}, Version::v5, packet);
    send(packet);
}

void Peer::add_reason_string(PropertyWriter& properties, std::string_view why, std::size_t rest) const {
    constexpr std::size_t frame_and_lengths = 32;  // what the packets that carry it have besides
    if (why.size() + rest + frame_and_lengths > receiver_.max_packet_size) return;
    properties.text(PropertyId::reason_string, why);
}

void Peer::leave() {
    state_ = State::closed;
    timer_.cancel();
    release_session();
    wire_.close();
}

void Peer::release_session() {
    if (session_ == nullptr) return;
    Session& session = *std::exchange(session_, nullptr);
    session.detach();
    sessions().counters().connected.add(-1);
    sessions().left_alone(session);
}

void Peer::watch_silence() {
    timer_.cancel();
    if (const auto silence = longest_silence(keep_alive_)) wire_.shard().arm(timer_, *silence);
}

void Peer::check_silence() {
    if (has_to_ask_again_) {
        return fail({ReasonCode::server_busy, "a message could not be taken; please send it again"});
    }
    if (state_ == State::awaiting_connect)
        return fail({ReasonCode::keep_alive_timeout, "no CONNECT in time"});
    const auto silence = longest_silence(keep_alive_);
    if (!silence || state_ != State::connected) return;
    const Instant now = wire_.shard().now();
    if (is_held_back_) last_heard_ = now;  // it is we who don't listen
    const Instant deadline = last_heard_ + *silence;
    if (now >= deadline)
        return fail({ReasonCode::keep_alive_timeout, "silent for too long"});  // [MQTT-3.1.2-22]
    wire_.shard().arm(timer_, deadline - now);
}

}  // namespace rialto::mqtt
