#pragma once

#include "adapters/mqtt/codec/decode.hpp"
#include "adapters/mqtt/codec/encode.hpp"
#include "adapters/mqtt/keep_alive.hpp"
#include "adapters/mqtt/publish_writer.hpp"
#include "adapters/mqtt/server.hpp"
#include "core/net/wire.hpp"

#include <memory>

namespace rialto::mqtt {

/// The server's side of one connection: takes packets, answers them, and writes what the session has. Each
/// packet's handler is a file of its own under handlers/. Lives on: the wire's shard.
class Peer final : public StreamSession, public AckWriter {
public:
    /// Both outlive it.
    Peer(Server& server, const std::shared_ptr<const Limits>& limits, Wire& wire);
    ~Peer() override;

    std::size_t on_bytes(ByteView bytes) override;
    void on_drained() override;
    void on_moved() override;
    void on_drain() override;
    void on_closed(const Error& reason) override;

    /// Another connection has our client identifier now [MQTT-3.1.4-3].
    void taken_over();

    /// Writes a PUBLISH to the client. @return false where it is larger than the client takes
    bool write(const MessagePtr& message, Look look);
    void write_pubrel(PacketId id, ReasonCode reason = ReasonCode::success);
    void write_ack(PacketType type, PacketId id, ReasonCode reason) override;
    void ask_again() override;
    void acknowledged_some() override;

    /// The client takes nothing while others wait for it.
    void end_stalled() { fail({ReasonCode::quota_exceeded, "nothing was acknowledged for too long"}); }

    Version version() const noexcept { return receiver_.version; }
    /// Unacknowledged messages that the client takes at once.
    std::size_t receive_maximum() const noexcept { return receive_maximum_; }
    /// Whether the client reads so slowly that nothing should be added.
    bool is_backlogged() const noexcept { return wire_.backlog() >= limits().max_backlog; }
    void tell_when_drained() noexcept { wire_.tell_when_drained(); }
    /// Takes packets again that were held back to slow the client down: its acknowledgements are wanted.
    void resume_reading() {
        if (is_held_back_) stop_holding_back();
    }

private:
    enum class State : std::uint8_t { awaiting_connect, moving, connected, closed };

    const Limits& limits() const noexcept { return *limits_; }
    Sessions& sessions() const { return server_.sessions_of(wire_.shard()); }

    /// @return false where the frame has to be offered again on another shard
    bool handle(const Frame& frame);
    bool handle_first(const Frame& frame);

    // handlers/connect.cpp
    bool on_connect(const Frame& frame);
    Fault check_credentials(const Connect& packet) const;
    Fault check_will(const Connect& packet) const;
    void accept(const Connect& packet, std::string_view client_id);
    void agree_on_limits(const Connect& packet);
    /// @return false where the client takes no packet that large
    bool write_connack(const Connect& packet, bool session_present, std::string_view assigned_id);
    void refuse(Fault fault);

    void on_publish(const Frame& frame);  // handlers/publish.cpp
    Fault read_properties(Publish& packet);
    Fault resolve_alias(std::uint32_t alias, Publish& packet);
    Fault check_topic_name(const Publish& packet);
    bool is_for_us_alone(const Publish& packet) const noexcept;
    MessagePtr make_message(const Publish& packet) const;
    void accept_with_receipt(const Publish& packet);
    void on_ack(const Frame& frame);  // handlers/acks.cpp
    void on_pubrel(const Frame& frame);
    void on_subscribe(const Frame& frame);  // handlers/subscribe.cpp
    void write_suback(PacketId id, const Bytes& reasons, const std::string& why);
    Result<TopicFilter> parse_filter(std::string_view text) const;
    void on_unsubscribe(const Frame& frame);  // handlers/unsubscribe.cpp
    void on_pingreq(const Frame& frame);      // handlers/pingreq.cpp
    void on_disconnect(const Frame& frame);   // handlers/disconnect.cpp
    void on_auth(const Frame& frame);         // handlers/auth.cpp

    /// Tells the client why, where its version can, and ends the connection; its will is published.
    void fail(Fault fault);
    void say_goodbye(ReasonCode reason, std::string_view why);
    void log_refusal(Fault fault) const;
    /// Gives the session back and closes the wire.
    void leave();
    void release_session();
    void hold_back();
    void stop_holding_back();
    void watch_silence();
    void check_silence();
    void send(const Bytes& packet) { wire_.write(as_bytes(packet)); }
    /// Adds the reason string where the client wants reasons and it fits [MQTT-3.1.2-29] [MQTT-3.1.2-24].
    void add_reason_string(PropertyWriter& properties, std::string_view why, std::size_t rest = 0) const;

    Server& server_;
    const std::shared_ptr<const Limits>& limits_;
    Wire& wire_;
    Session* session_ = nullptr;
    Receiver receiver_;
    Timer timer_;  ///< for CONNECT to arrive, then for keep-alive
    Instant last_heard_;
    std::unique_ptr<ReceivedAliases> received_aliases_;
    std::unique_ptr<SentAliases> sent_aliases_;
    std::uint16_t receive_maximum_ = 0;
    std::uint16_t keep_alive_ = 0;
    State state_ = State::awaiting_connect;
    bool wants_reasons_ = true;  ///< Request Problem Information
    bool is_bridge_ = false;
    bool is_held_back_ = false;  ///< reading is paused because too much is unacknowledged
    bool has_to_ask_again_ = false;
    bool has_decoded_connect_ = false;  ///< the version of an answer is known
};

}  // namespace rialto::mqtt
