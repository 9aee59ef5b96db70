#pragma once

#include "adapters/mqtt/client_settings.hpp"
#include "adapters/mqtt/codec/decode.hpp"
#include "adapters/mqtt/codec/encode.hpp"
#include "adapters/mqtt/inbound.hpp"
#include "adapters/mqtt/publish_writer.hpp"
#include "adapters/mqtt/subscription_plan.hpp"
#include "core/answer.hpp"
#include "core/net/wire.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rialto::mqtt {

class Client;

/// What SUBSCRIBE and UNSUBSCRIBE are to be sent for.
struct SubscriptionChange {
    std::vector<SubscriptionPlan::Entry> wanted;
    std::vector<std::string> obsolete;  ///< filters of an earlier plan
};

/// The client's side of one connection: writes CONNECT, takes packets and passes them to the two halves of its client.
/// Owned by its wire: gone after Client::lost() or Client::stopped(). Lives on: one shard.
class ClientPeer final : public StreamSession, public AckWriter {
public:
    /// @param connack  what the broker answered to CONNECT; taken back by the client when it stops waiting
    ClientPeer(Client& client, Version version, Wire& wire, Answer<ServerLimits>& connack);
    ~ClientPeer() override;

    std::size_t on_bytes(ByteView bytes) override;
    void on_drained() override;
    void on_drain() override {}
    void on_closed(const Error& reason) override;

    /// @param suback  told once the broker has granted everything, or what it refused
    void subscribe(const SubscriptionChange& change, Answer<void>& suback);
    /// Nobody waits for the answer any more.
    void forget_suback() noexcept { suback_ = nullptr; }

    /// @return false where the message is larger than the broker takes
    bool write(const MessagePtr& message, Look look);
    void write_ack(PacketType type, PacketId id, ReasonCode reason) override;
    void ask_again() override;
    void acknowledged_some() override {}

    Version version() const noexcept { return receiver_.version; }
    std::size_t backlog() const noexcept { return wire_.backlog(); }
    void tell_when_drained() noexcept { wire_.tell_when_drained(); }

    /// Stops reading, unless an answer is awaited: to SUBSCRIBE, or by the writing half. A broker that resumes a session
    /// sends all that our Receive Maximum allows before its SUBACK. @return whether it did
    bool hold_back();
    void read_on();

    /// Says DISCONNECT and ends the connection; the client hears nothing more.
    void leave();
    /// Tells the broker why, where its version can, ends the connection, and lets the client know.
    void fail(Fault fault);

private:
    enum class State : std::uint8_t { awaiting_connack, connected, closed };

    const ClientSettings& settings() const noexcept;
    void write_connect();
    void handle(const Frame& frame);
    void on_connack(const Frame& frame);
    void agree_on_limits(const ServerLimits& limits);
    void on_publish(const Frame& frame);
    Fault read_publish(Publish& packet);
    Fault resolve_alias(std::uint32_t alias, Publish& packet);
    void on_ack(const Frame& frame);
    void on_pubrel(const Frame& frame);
    void on_suback(const Frame& frame);
    template <typename Request>
    void send_request(Request packet);
    void on_disconnect(const Frame& frame);
    void on_timer();
    void say_goodbye(ReasonCode reason);
    void end(const Error& why);
    void send(const Bytes& packet);
    Error error(Errc code, std::string_view what) const;

    Client* client_;  ///< null once it hears nothing more
    std::string server_;  ///< for errors
    Wire& wire_;
    Receiver receiver_;
    Answer<ServerLimits>* connack_;
    Answer<void>* suback_ = nullptr;
    std::size_t unanswered_requests_ = 0;
    std::unique_ptr<ReceivedAliases> received_aliases_;
    std::unique_ptr<SentAliases> sent_aliases_;
    Timer keep_alive_timer_;
    Timer redelivery_timer_;
    std::chrono::milliseconds ping_after_{0};  ///< silence of ours or theirs; 0: never
    State state_ = State::awaiting_connack;
    bool has_heard_ = false;  ///< since the timer last fired
    bool has_sent_ = false;
    bool awaits_pong_ = false;
    bool is_held_back_ = false;
};

/// What a refusal or a goodbye of the broker means to whoever opened the connection.
Errc meaning_of(ReasonCode reason) noexcept;

}  // namespace rialto::mqtt
