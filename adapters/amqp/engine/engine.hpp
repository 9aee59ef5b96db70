#pragma once

#include <proton/connection_driver.h>
#include <proton/types.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/amqp/engine/condition.hpp"
#include "adapters/amqp/engine/frame_guard.hpp"
#include "core/net/wire.hpp"

namespace rialto::amqp {

class SaslServer;

/// Who speaks AMQP on an engine. Every call comes from the engine's shard, in the order in which the peer said things.
/// Proton's objects (pn_…_t) belong to the engine: never keep one beyond its close, never touch one on another shard.
class EngineUser {
public:
    /// The peer's open came. A server's user opens its own side by Engine::accept(); a client's is open already.
    virtual void on_connection_opened() noexcept = 0;
    /// The peer began a session. By default it is begun on this side too.
    virtual void on_session_opened(pn_session_t* session) noexcept;
    /// The peer ended it; this side is ended and freed behind the call, after on_link_closed() of its links.
    virtual void on_session_closed(pn_session_t*) noexcept {}
    /// The peer attached a link, or answered the attach of ours: pn_link_state() and pn_link_remote_source() say what.
    virtual void on_link_opened(pn_link_t* link) noexcept = 0;
    /// The peer detached it, with pn_link_remote_condition() where something was wrong, or its session or connection ended.
    /// It is closed on this side and freed behind the call; nothing of it, its deliveries included, may be used after.
    virtual void on_link_closed(pn_link_t* link) noexcept = 0;
    /// The peer said something about credit: of a sender, it may have more now; `pn_link_get_drain()` tells the rest.
    virtual void on_flow(pn_link_t*) noexcept {}
    /// Of a receiver's link: octets of a message came; take it by Engine::receive(). Of a sender's: the peer said what became of
    /// it (pn_delivery_remote_state(), pn_delivery_settled()).
    virtual void on_delivery(pn_delivery_t* delivery) noexcept = 0;
    /// Engine::is_congested() is over: go on sending.
    virtual void on_writable() noexcept {}
    /// The connection is over, and said why; the last call. Links and deliveries are still there to be looked at.
    virtual void on_lost(const Error& why) noexcept = 0;
    /// The gateway has stopped, and the connection with it: nobody needs to be told. The last call too.
    virtual void on_stopped() noexcept {}

protected:
    ~EngineUser() = default;
};

/// How an engine introduces itself, and what it puts up with.
struct EngineSettings {
    std::string container;                          ///< container-id of the open frame
    FrameLimits frames;
    std::chrono::milliseconds idle_timeout{60'000};  ///< a peer that is silent for longer is gone; 0: never

    /// Of a client.
    struct Login {
        std::string virtual_host;  ///< hostname of the open frame and of SASL: brokers choose a virtual host by it
        std::string mechanisms;    ///< "PLAIN", "ANONYMOUS", "EXTERNAL", several with spaces; empty: no SASL layer at all
        std::string user;
        std::string password;
    };
};

/// One AMQP 1.0 connection: Qpid Proton's engine on a Wire, with a guard before it. Octets in, octets out; it owns no socket.
/// What its user does to Proton's objects within a call of EngineUser is written at once; who does it at another time says
/// wake(). All of a turn leaves in one write. Lives on: the wire's shard; destroyed after on_closed().
class Engine final : public StreamSession, private Flushable {
public:
    /// The side that connects. Its open frame is on its way when this returns. `wire` and `user` outlive the engine.
    Engine(Wire& wire, EngineUser& user, const EngineSettings& settings, const EngineSettings::Login& login);
    /// The side that is connected to. `sasl` outlives the engine; where SASL is optional clients may begin without it.
    Engine(Wire& wire, EngineUser& user, const EngineSettings& settings, SaslServer& sasl);
    ~Engine() override;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    pn_connection_t* connection() const noexcept { return driver_.connection; }
    pn_transport_t* transport() const noexcept { return driver_.transport; }
    Wire& wire() const noexcept { return wire_; }

    /// Opens this side of a server's connection.
    void accept();
    /// Has what was done to Proton's objects outside a call of the user's written at the end of this turn.
    void wake() noexcept;
    /// Says close, with a condition where there is one, waits a moment for the peer's close, and ends the connection. From
    /// now on the user hears of on_lost() alone.
    void close(const std::optional<Condition>& why = std::nullopt);
    /// Nobody listens any more; then mostly close().
    void forget_user() noexcept { user_ = nullptr; }
    bool is_closing() const noexcept { return is_closing_; }

    /// Sends one message, whose parts are joined, on a sender that has credit. @return its delivery, null where `is_settled`
    pn_delivery_t* send(pn_link_t* sender, std::string_view tag, std::initializer_list<std::string_view> parts, bool is_settled);
    /// More is written than the peer reads: hold back until on_writable().
    bool is_congested() const noexcept { return wire_.backlog() > backlog_limit; }

    /// What has come of a message on a receiver's link.
    enum class Received : std::uint8_t { whole, part, aborted, too_large };
    /// Takes a delivery's octets into `message` once they are all there, and moves the link on to the next delivery. An aborted
    /// one is settled and gone. @param limit  octets: of one too large the user closes the link
    Received receive(pn_delivery_t* delivery, Bytes& message, std::size_t limit);

    /// Throws away what has come of a message that nobody wants.
    void discard(pn_delivery_t* delivery);
    /// Octets of unfinished messages, of all sessions.
    std::size_t unfinished() const noexcept;

    std::size_t on_bytes(ByteView bytes) override;
    void on_drained() override;
    /// Closes with amqp:connection:forced.
    void on_drain() override;
    void on_closed(const Error& reason) override;

private:
    static constexpr std::size_t backlog_limit = 512 * 1024;  // octets: keeps a fast line busy for some milliseconds

    void set_up(const EngineSettings& settings);
    void flush() noexcept override;
    void feed(ByteView frames);
    void pump();
    void write_output();
    void dispatch();
    void handle(pn_event_t* event);
    void handle_remote_open();
    void handle_remote_close();
    void close_link(pn_link_t* link);
    void close_session(pn_session_t* session);
    void note_trouble(pn_condition_t* condition);
    void tick();
    void end_wire();
    void tell_lost(const Error& why);

    Wire& wire_;
    EngineUser* user_;
    FrameGuard guard_;
    pn_connection_driver_t driver_{};
    Timer tick_timer_;
    Timer goodbye_timer_;
    std::optional<Error> trouble_;  ///< what the peer or Proton said is wrong
    bool is_dispatching_ = false;
    bool is_closing_ = false;
    bool is_wire_closed_ = false;
    bool was_congested_ = false;
};

}  // namespace rialto::amqp
