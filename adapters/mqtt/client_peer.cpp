#include "adapters/mqtt/client_peer.hpp"

#include "adapters/mqtt/client.hpp"

#include <utility>

namespace rialto::mqtt {

ClientPeer::ClientPeer(Client& client, Version version, Wire& wire, Answer<ServerLimits>& connack)
    : client_(&client),
      server_(client.settings().dialing.address.text()),
      wire_(wire),
      receiver_{.version = version, .is_careful = true},
      connack_(&connack),
      keep_alive_timer_([this] { on_timer(); }),
      redelivery_timer_([this] {
          end(error(Errc::unreachable, "left, so that what nobody could take comes again"));
      }) {
    write_connect();
}

ClientPeer::~ClientPeer() {
    if (client_) client_->stopped();
}

const ClientSettings& ClientPeer::settings() const noexcept { return client_->settings(); }

void ClientPeer::write_connect() {
    const ClientSettings& from = settings();
    Connect packet;
    packet.version = version();
    packet.clean_start = false;
    packet.keep_alive = from.keep_alive;
    packet.client_id = from.client_id;
    if (!from.user_name.empty() || from.password) packet.user_name = from.user_name;
    if (from.password) packet.password = as_bytes(*from.password);
    PropertyWriter properties;
    properties.number(PropertyId::session_expiry_interval, from.session_expiry)
        .number(PropertyId::receive_maximum, from.window)
        .number(PropertyId::maximum_packet_size, from.max_packet_size)
        .number(PropertyId::topic_alias_maximum, from.topic_alias_maximum);
    packet.properties = properties.view();
    Bytes bytes;
    encode(packet, bytes);
    send(bytes);
}

std::size_t ClientPeer::on_bytes(ByteView bytes) {
    has_heard_ = true;
    std::size_t used = 0;
    Frame frame;
    while (client_ && !is_held_back_) {
        const FrameResult result = next_frame(bytes.subspan(used), settings().max_packet_size, frame);
        if (result.status == FrameStatus::need_more) break;
        if (result.status == FrameStatus::bad) {
            fail(result.fault);
            break;
        }
        handle(frame);
        used += frame.size;
    }
    return client_ ? used : bytes.size();
}

void ClientPeer::handle(const Frame& frame) {
    if (frame.overlong_length && version() == Version::v5) {
        return fail(malformed("Remaining Length is longer than needed"));
    }
    if ((state_ == State::awaiting_connack) != (frame.type == PacketType::connack)) {
        return fail(protocol_error("CONNACK comes first, and once"));
    }
    switch (frame.type) {
        case PacketType::connack: return on_connack(frame);
        case PacketType::publish: return on_publish(frame);
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubcomp: return on_ack(frame);
        case PacketType::pubrel: return on_pubrel(frame);
        case PacketType::suback:
        case PacketType::unsuback: return on_suback(frame);
        case PacketType::pingresp: awaits_pong_ = false; return;
        case PacketType::disconnect: return on_disconnect(frame);
        default: return fail(protocol_error("a packet that no server sends here"));
    }
}

void ClientPeer::on_drained() {
    if (client_ && state_ == State::connected) client_->outflow().pump();
}

void ClientPeer::on_closed(const Error& reason) {
    const Errc code = reason.code == Errc::refused ? Errc::refused : Errc::unreachable;
    // Some brokers have no other answer to a version that they do not know.
    if (client_ && state_ == State::awaiting_connack && reason.code == Errc::closed) client_->refuse_version();
    end(error(code, "the connection is gone: " + reason.message));
}

bool ClientPeer::write(const MessagePtr& message, Look look) {
    look.topic = message->topic();
    has_sent_ = true;
    return write_publish(wire_, receiver_, message, look);
}

void ClientPeer::write_ack(PacketType type, PacketId id, ReasonCode reason) {
    Bytes bytes;
    encode(Ack{.type = type, .id = id, .reason = reason}, version(), bytes);
    send(bytes);
}

void ClientPeer::ask_again() {
    if (client_ && !redelivery_timer_.is_armed()) wire_.shard().arm(redelivery_timer_, settings().redeliver_after);
}

bool ClientPeer::hold_back() {
    if (is_held_back_) return true;
    if (suback_ || client_->outflow().is_waiting()) return false;  // the answer stands behind what else comes
    is_held_back_ = true;
    wire_.pause_reading();
    return true;
}

void ClientPeer::read_on() {
    if (!is_held_back_) return;
    is_held_back_ = false;
    has_heard_ = true;  // who did not listen can't have missed an answer
    wire_.resume_reading();
}

// Each half of the keep-alive time: whoever was silent since is asked; who does not answer by the next time is gone
// [MQTT-3.1.2-20].
void ClientPeer::on_timer() {
    wire_.shard().arm(keep_alive_timer_, ping_after_);
    if (!client_) return;
    const bool has_heard = std::exchange(has_heard_, false) || is_held_back_;
    const bool has_sent = std::exchange(has_sent_, false);
    if (awaits_pong_ && !has_heard) return end(error(Errc::timed_out, "the broker is silent"));
    if (has_heard && has_sent) return;
    awaits_pong_ = !is_held_back_;
    Bytes bytes;
    encode_pingreq(bytes);
    send(bytes);
}

void ClientPeer::leave() {
    client_ = nullptr;
    const Error closed{Errc::closed, "closed"};
    if (connack_) std::exchange(connack_, nullptr)->give(closed);
    if (suback_) std::exchange(suback_, nullptr)->give(closed);
    say_goodbye(ReasonCode::success);
    state_ = State::closed;
    keep_alive_timer_.cancel();
    redelivery_timer_.cancel();
    wire_.close();
}

void ClientPeer::fail(Fault fault) {
    say_goodbye(fault.reason);
    end(error(Errc::protocol, fault.what));
}

void ClientPeer::say_goodbye(ReasonCode reason) {
    // An older version has no word for trouble, and before CONNACK nothing may be said.
    const bool may_speak = state_ == State::connected && (version() == Version::v5 || reason == ReasonCode::success);
    if (!may_speak) return;
    Bytes bytes;
    encode(Disconnect{.reason = reason}, version(), bytes);
    send(bytes);
}

void ClientPeer::end(const Error& why) {
    if (state_ != State::closed) wire_.close();
    state_ = State::closed;
    keep_alive_timer_.cancel();
    redelivery_timer_.cancel();
    Client* const client = std::exchange(client_, nullptr);
    if (connack_) std::exchange(connack_, nullptr)->give(why);
    if (suback_) std::exchange(suback_, nullptr)->give(why);
    if (client) client->lost(why);
}

void ClientPeer::send(const Bytes& packet) {
    has_sent_ = true;
    wire_.write(as_bytes(packet));
}

}  // namespace rialto::mqtt
