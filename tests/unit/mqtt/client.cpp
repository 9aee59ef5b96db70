#include "tests/unit/mqtt/client.hpp"

#include "core/log.hpp"
#include "core/store/store.hpp"

namespace rialto::mqtt::test {

void TestWire::flush() noexcept {
    if (!is_slow) take_all();
}

void TestWire::take_all() {
    std::array<iovec, 16> room{};
    while (!out_.empty()) {
        for (const iovec& piece : out_.front(room)) {
            out.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
            out_.pop(piece.iov_len);
            break;  // popping moves what comes behind
        }
    }
    if (std::exchange(tell_when_drained_, false) && session != nullptr) session->on_drained();
}

Broker::Broker(Limits wanted) : limits(std::make_shared<const Limits>(std::move(wanted))) {
    log::configure(log::Level::error, log::Format::text);
#ifdef RIALTO_WITH_STORE
    own_disk = std::make_unique<rialto::test::Disk>();
    REQUIRE(gateway.keep_in(std::make_unique<rialto::test::MemoryEngine>(*own_disk)));
#endif
}

Broker::Broker(rialto::test::Disk& disk, Limits wanted) : limits(std::make_shared<const Limits>(std::move(wanted))) {
    log::configure(log::Level::error, log::Format::text);
    REQUIRE(gateway.keep_in(std::make_unique<rialto::test::MemoryEngine>(disk)));
    REQUIRE(server.restore());
    run();
}

void Broker::run() {
    run_ready();
    const store::Journal* const journal = gateway.journal_of(shard());
    const Instant deadline = Clock::now() + std::chrono::seconds(10);
    while (journal != nullptr && journal->written() + 1 != journal->turn() && Clock::now() < deadline) run_ready();
}

Broker::~Broker() {
    gateway.stop();
}

Client::Client(Broker& at, Version dialect) : broker(at), version(dialect), wire(at.shard()) {
    session = std::make_unique<Peer>(broker.server, broker.limits, wire);
    wire.session = session.get();
}

Client::~Client() {
    vanish();
}

void Client::send_connect(std::string_view id, Connect packet) {
    packet.version = version;
    packet.client_id = id;
    Bytes bytes;
    encode(packet, bytes);
    send_raw(bytes);
}

bool Client::connect(std::string_view id, Connect packet) {
    send_connect(id, packet);
    const Frame frame = read_frame();
    Connack answer;
    REQUIRE(frame.type == PacketType::connack);
    REQUIRE_FALSE(decode(frame, version, answer));
    REQUIRE(answer.reason == ReasonCode::success);
    return answer.session_present;
}

ReasonCode Client::subscribe(std::string_view text, Qos qos, Subscription options, std::uint32_t identifier) {
    options.filter = text;
    options.qos = qos;
    Bytes list;
    append_subscription(options, list);
    PropertyWriter properties;
    if (identifier != 0) properties.number(PropertyId::subscription_identifier, identifier);
    Bytes bytes;
    encode(Subscribe{next_id++, properties.view(), as_bytes(list)}, version, bytes);
    send_raw(bytes);
    SubscriptionAck answer;
    const Frame frame = read_frame();
    REQUIRE(frame.type == PacketType::suback);
    REQUIRE_FALSE(decode(frame, version, answer));
    return static_cast<ReasonCode>(answer.reasons[0]);
}

void Client::publish(std::string_view topic, std::string_view payload, Qos qos, PacketId id) {
    send(Publish{.qos = qos, .id = id, .topic = topic, .payload = as_bytes(payload)});
}

void Client::send(const Publish& packet) {
    Bytes bytes;
    encode(packet, version, bytes);
    send_raw(bytes);
}

void Client::ack(PacketType type, PacketId id, ReasonCode reason) {
    Bytes bytes;
    encode(Ack{.type = type, .id = id, .reason = reason}, version, bytes);
    send_raw(bytes);
}

void Client::disconnect(ReasonCode reason) {
    Bytes bytes;
    encode(Disconnect{.reason = reason}, version, bytes);
    send_raw(bytes);
    vanish();
}

void Client::vanish() {
    if (!session) return;
    wire.session = nullptr;
    session->on_closed({Errc::closed, "gone"});
    session.reset();
    broker.run();
}

void Client::send_raw(std::string_view bytes) {
    pending_.append(bytes);
    if (session && !wire.is_paused && !wire.is_closed) {
        const std::size_t used = session->on_bytes(as_bytes(pending_));
        pending_.erase(0, used);
    }
    broker.run();
}

std::vector<std::string> Client::reads() {
    broker.run();
    std::vector<std::string> packets;
    while (!wire.out.empty()) packets.push_back(describe(read_frame()));
    return packets;
}

std::string Client::read() {
    const auto packets = reads();
    REQUIRE(packets.size() == 1);
    return packets[0];
}

Frame Client::read_frame() {
    broker.run();
    Frame frame;
    REQUIRE(next_frame(as_bytes(wire.out), max_varint, frame).status == FrameStatus::whole);
    taken_ = wire.out.substr(0, frame.size);
    wire.out.erase(0, frame.size);
    return frame_of(taken_);
}

Publish Client::read_publish() {
    const Frame frame = read_frame();
    REQUIRE(frame.type == PacketType::publish);
    Publish packet;
    REQUIRE_FALSE(decode(frame, version, packet));
    REQUIRE_FALSE(packet.properties.check(PropertyOwner::publish));
    return packet;
}

std::string Client::describe(const Frame& frame) const {
    std::string text(name(frame.type));
    const auto add_reason = [&](ReasonCode reason) {
        if (reason != ReasonCode::success) text += ' ' + to_hex(std::string(1, static_cast<char>(reason)));
    };
    if (frame.type == PacketType::publish) {
        Publish packet;
        REQUIRE_FALSE(decode(frame, version, packet));
        text.append(" ").append(packet.topic).append("=").append(as_text(packet.payload));
        if (packet.qos != Qos::at_most_once) {
            text += " q" + std::to_string(static_cast<int>(packet.qos)) + " #" + std::to_string(packet.id);
        }
        if (packet.retain) text += " retained";
        if (packet.dup) text += " dup";
    } else if (frame.type == PacketType::disconnect) {
        Disconnect packet;
        REQUIRE_FALSE(decode(frame, version, packet));
        add_reason(packet.reason);
    } else if (frame.type == PacketType::connack) {
        Connack packet;
        REQUIRE_FALSE(decode(frame, version, packet));
        add_reason(packet.reason);
    } else if (frame.type == PacketType::suback || frame.type == PacketType::unsuback) {
        SubscriptionAck packet;
        REQUIRE_FALSE(decode(frame, version, packet));
        text += " #" + std::to_string(packet.id) + ' ' + to_hex(as_text(packet.reasons));
    } else if (frame.type != PacketType::pingresp) {
        Ack packet;
        REQUIRE_FALSE(decode(frame, version, packet));
        text += " #" + std::to_string(packet.id);
        add_reason(packet.reason);
    }
    return text;
}

}  // namespace rialto::mqtt::test
