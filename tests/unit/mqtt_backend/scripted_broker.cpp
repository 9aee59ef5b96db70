#include "tests/unit/mqtt_backend/scripted_broker.hpp"

namespace rialto::mqtt::test {

using namespace std::chrono_literals;

class ScriptedBroker::Session final : public StreamSession {
public:
    Session(Wire& wire, ScriptedBroker& broker) : wire_(wire), broker_(broker) { broker_.wire_ = &wire; }

    std::size_t on_bytes(ByteView bytes) override {
        std::size_t used = 0;
        Frame frame;
        while (next_frame(bytes.subspan(used), max_varint, frame).status == FrameStatus::whole) {
            broker_.handle(frame);
            used += frame.size;
        }
        return used;
    }
    void on_drain() override {}
    void on_closed(const Error&) override {
        if (broker_.wire_ == &wire_) broker_.wire_ = nullptr;
    }

private:
    Wire& wire_;
    ScriptedBroker& broker_;
};

namespace {

std::string show_subscriptions(Subscribe packet, Version version) {
    std::string text;
    while (const auto entry = next_subscription(packet.encoded_list, version)) {
        text += " " + std::string(entry->filter) + " q" + std::to_string(static_cast<int>(entry->qos));
        if (entry->no_local) text += " no-local";
        if (entry->retain_as_published) text += " as-published";
        if (entry->retain_handling == RetainHandling::send_if_new) text += " if-new";
    }
    return text;
}

std::string show(const Publish& packet) {
    std::string text = packet.id == 0 ? "PUBLISH" : "PUBLISH " + std::to_string(packet.id);
    text += " q" + std::to_string(static_cast<int>(packet.qos));
    if (packet.dup) text += " dup";
    if (packet.retain) text += " retain";
    if (const auto alias = packet.properties.number(PropertyId::topic_alias)) text += " @" + std::to_string(*alias);
    return text + " " + std::string(packet.topic) + "=" + std::string(as_text(packet.payload));
}

}  // namespace

ScriptedBroker::ScriptedBroker(Shard& shard) {
    acceptor_ = Acceptor::bind(shard, {"127.0.0.1", 0}, [this, &shard](Connected connected) {
                    const auto accepted =
                        std::make_shared<SocketWire>(shard, connected.descriptor, connected.family, nullptr);
                    accepted->start(std::make_unique<Session>(*accepted, *this));
                }).value();
    acceptor_->start();
}

Texts ScriptedBroker::packets_of(std::string_view type) const {
    Texts found;
    for (const auto& packet : packets) {
        if (packet.substr(0, packet.find(' ')) == type) found.push_back(packet);
    }
    return found;
}

void ScriptedBroker::handle(const Frame& frame) {
    std::string text(name(frame.type));
    switch (frame.type) {
        case PacketType::connect: return on_connect(frame);
        case PacketType::publish: {
            Publish packet;
            REQUIRE_FALSE(decode(frame, version_, packet));
            text = show(packet);
            break;
        }
        case PacketType::subscribe: {
            Subscribe packet;
            REQUIRE_FALSE(decode(frame, version_, packet));
            packets.push_back(text + show_subscriptions(packet, version_));
            const Bytes reasons(1, static_cast<char>(suback));
            Bytes out;
            encode(SubscriptionAck{.id = packet.id, .reasons = as_bytes(reasons)}, version_, out);
            if (answers_subscribe) send(out);
            return;
        }
        case PacketType::unsubscribe: {
            Unsubscribe packet;
            REQUIRE_FALSE(decode(frame, version_, packet));
            while (const auto filter = next_filter(packet.encoded_list)) packets.push_back(text + " " + std::string(*filter));
            Bytes out;
            const Bytes reasons(1, '\0');
            encode(SubscriptionAck{.type = PacketType::unsuback, .id = packet.id, .reasons = as_bytes(reasons)}, version_, out);
            send(out);
            return;
        }
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp: {
            Ack packet;
            REQUIRE_FALSE(decode(frame, version_, packet));
            text += " " + std::to_string(packet.id);
            if (packet.reason != ReasonCode::success) text += " " + std::string(name(packet.reason));
            break;
        }
        case PacketType::disconnect: {
            Disconnect packet;
            REQUIRE_FALSE(decode(frame, version_, packet));
            if (packet.reason != ReasonCode::success) text += " " + std::string(name(packet.reason));
            break;
        }
        default: break;
    }
    packets.push_back(text);
}

void ScriptedBroker::on_connect(const Frame& frame) {
    Connect packet;
    REQUIRE_FALSE(decode(frame, packet));
    version_ = packet.version;
    std::string text = version_ == Version::v5 ? "CONNECT v5 " : "CONNECT v3.1.1 ";
    text += packet.clean_start ? "clean " : "kept ";
    text += std::string(packet.client_id) + " " + std::to_string(packet.keep_alive) + "s";
    if (packet.user_name) text += " user=" + std::string(*packet.user_name);
    if (packet.password) text += " password=" + std::string(as_text(*packet.password));
    if (const auto expiry = packet.properties.number(PropertyId::session_expiry_interval)) {
        text += " expiry=" + std::to_string(*expiry);
    }
    if (const auto maximum = packet.properties.number(PropertyId::receive_maximum)) {
        text += " window=" + std::to_string(*maximum);
    }
    packets.push_back(text);
    if (hangs_up_on_v5 && version_ == Version::v5) return hang_up();
    if (only && *only != version_) return send(std::string("\x20\x02\x00\x01", 4));
    if (!answers_connect) return;
    connack.properties = connack_properties.view();
    Bytes out;
    encode(connack, version_, out);
    send(out);
}

void ScriptedBroker::publish(Qos qos, PacketId id, std::string_view topic, std::string_view payload, bool dup,
                             PropertiesView properties) {
    Bytes out;
    encode(Publish{.dup = dup, .qos = qos, .id = id, .topic = topic, .properties = properties, .payload = as_bytes(payload)},
           version_, out);
    send(out);
}

void ScriptedBroker::ack(PacketType type, PacketId id, ReasonCode reason) {
    Bytes out;
    encode(Ack{.type = type, .id = id, .reason = reason}, version_, out);
    send(out);
}

void ScriptedBroker::disconnect(ReasonCode reason) {
    Bytes out;
    encode(Disconnect{.reason = reason}, version_, out);
    send(out);
}

void ScriptedBroker::send(std::string_view bytes) {
    REQUIRE(wire_ != nullptr);
    wire_->write(as_bytes(bytes));
}

void ScriptedBroker::hang_up() {
    REQUIRE(wire_ != nullptr);
    wire_->close();
}

Stand::Stand() {
    settings.backend = "plant";
    settings.client_id = "rialto-here-plant";
    settings.dialing.address = broker.address();
    settings.dialing.within = 5s;
}

bool Stand::until(const std::function<bool()>& done) {
    const auto deadline = Clock::now() + 10s;
    for (;;) {
        shard.run_ready();
        if (done()) return true;
        if (Clock::now() > deadline) return false;
        std::this_thread::yield();
    }
}

void Stand::settle_down() {
    const auto deadline = Clock::now() + 30ms;
    while (Clock::now() < deadline) shard.run_ready();
}

Result<void> Stand::run(boost::asio::awaitable<Result<void>> work) {
    std::optional<Result<void>> result;
    const auto keep = [&]() -> boost::asio::awaitable<void> { result = co_await std::move(work); };
    boost::asio::co_spawn(shard.io(), keep(), boost::asio::detached);
    REQUIRE(until([&] { return result.has_value(); }));
    return *result;
}

Backend& Stand::made_backend() {
    if (!backend) backend = std::make_unique<Backend>(gateway, shard, settings);
    return *backend;
}

Result<void> Stand::open_source(std::vector<std::string> patterns) {
    std::vector<TopicFilter> filters;
    for (const auto& pattern : patterns) filters.push_back(TopicFilter::parse(pattern).value());
    source = made_backend().make_source(std::move(filters));
    return reopen_source();
}

Result<void> Stand::reopen_source() {
    const Result<void> opened = run(source->open(reading));
    if (opened) source->grant(100);
    return opened;
}

Result<void> Stand::open_sink() {
    if (!sink) sink = made_backend().make_sink();
    return run(sink->open(writing));
}

MessagePtr Stand::send(std::string_view topic, std::string_view payload, Message::Traits traits,
                       std::unique_ptr<const Properties> properties) {
    const auto message = Message::create(topic, as_bytes(payload), traits, std::move(properties));
    send(message);
    return message;
}

void Stand::send(const MessagePtr& message) {
    sink->send(message, Receipt(settled, sent++));
    shard.run_ready();
}

std::vector<Outcome> Stand::outcomes() const {
    std::vector<Outcome> out;
    for (const auto& [token, outcome] : settled->all) out.push_back(outcome);
    return out;
}

}  // namespace rialto::mqtt::test
