#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/field.hpp"
#include "core/message.hpp"
#include "core/net/wire.hpp"
#include "core/receipt.hpp"
#include "core/topic.hpp"

namespace rialto {

class Gateway;
class OptionValues;
class Schema;
struct Url;

/// Where a Source puts what it read. Lives on: the source's shard; never blocks, never throws.
class Inlet {
public:
    /// One message. The receipt settles when every target has it; it is empty where the source can't wait.
    virtual void accept(MessagePtr message, Receipt receipt) noexcept = 0;
    /// The connection is gone. Said once after each open() that succeeded, unless close() was called.
    virtual void lost(Error reason) noexcept = 0;

protected:
    ~Inlet() = default;
};

/// Whom a Sink tells that its connection is gone.
class SinkWatcher {
public:
    /// Said once after each open() that succeeded, unless close() was called; after all unsettled receipts were released.
    virtual void lost(Error reason) noexcept = 0;

protected:
    ~SinkWatcher() = default;
};

/// Reads messages from one place. Lives on: one shard; every call comes from it. The engine opens it, hears of a loss by
/// Inlet::lost(), and opens it again after a while: no adapter has a reconnect loop of its own.
class Source {
public:
    virtual ~Source() = default;
    /// Connects and subscribes to all patterns it was made with. Success means that messages published from now on
    /// arrive. `inlet` outlives the source.
    virtual boost::asio::awaitable<Result<void>> open(Inlet& inlet) = 0;
    /// So many more messages may be accepted; each open() begins with none. A source that holds none left stops taking
    /// messages from the other side in the protocol's own way (not acknowledging, not reading).
    virtual void grant(std::uint32_t more) = 0;
    /// Disconnects in good manners. Unsettled messages stay unacknowledged at the other side.
    virtual boost::asio::awaitable<void> close() = 0;
};

/// Writes messages to one place. Lives on: one shard; every call comes from it.
class Sink {
public:
    virtual ~Sink() = default;
    /// Connects. `watcher` outlives the sink.
    virtual boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) = 0;
    /// Queues and returns; only while open. The receipt settles when the other side has taken responsibility: accepted;
    /// rejected, where it never will; released, where the connection was lost before it said. Messages reach the other
    /// side in the order of the calls.
    virtual void send(MessagePtr message, Receipt receipt) = 0;
    /// How many unsettled messages it is worth to have sent at once.
    virtual std::size_t window() const { return 1024; }
    /// Disconnects in good manners.
    virtual boost::asio::awaitable<void> close() = 0;
};

/// What a backend can do; what contract tests claim and `rialto check` tells.
struct Abilities {
    bool reads = false;           ///< has a source
    bool writes = false;          ///< has a sink
    bool holds_unsettled = false; ///< the other side keeps a message until its receipt is accepted: at least once
    bool confirms = false;        ///< the other side says that it took a message: at least once
    FieldSet carries;             ///< what beside topic and payload survives the way there, and back from there
    bool suppresses_echo = false;  ///< does not send back to us what we wrote (No Local)
    bool keeps_retained = false;   ///< has last values
    std::string weakest_reading;   ///< why reading is at most once, for `rialto check`; empty where it is not
    std::string weakest_writing;   ///< why writing is at most once
};

/// A broker that the gateway is a client of: one `[backends.NAME]`. Lives on: one shard.
class Backend {
public:
    virtual ~Backend() = default;
    virtual const Abilities& abilities() const = 0;
    /// A reader of what the patterns ask for; each message once, even where patterns overlap. At most one per backend.
    virtual std::unique_ptr<Source> make_source(std::vector<TopicFilter> patterns) = 0;
    /// A writer. At most one per backend.
    virtual std::unique_ptr<Sink> make_sink() = 0;
    /// How this backend writes a topic in its own form, for `rialto explain`.
    virtual std::string native_address(std::string_view topic) const { return std::string(topic); }
};

/// A port that clients connect to: one `[listeners.NAME]`. @thread the main one
class Listener {
public:
    virtual ~Listener() = default;
    /// Binds and accepts; does nothing where it does so already. @error invalid, refused  with the address in the message
    virtual Result<void> start() = 0;
    /// Where it listens, with the real port where 0 was asked for.
    virtual std::string bound_address() const = 0;
    /// Accepts no more; whoever is connected stays. The port is free when shard 0 has read its mail.
    virtual void stop_accepting() = 0;
    /// Accepts no more, and has every session say goodbye. Returns at once; connections end as they finish.
    virtual void drain() = 0;
    /// Connections that are open now.
    virtual std::size_t connection_count() const = 0;
};

/// A protocol that is spoken as a stream of bytes, on whatever transport. One for each listener that offers it.
/// @thread open_session: the wire's shard
class StreamService {
public:
    virtual ~StreamService() = default;
    virtual std::unique_ptr<StreamSession> open_session(Wire& wire) = 0;
};

/// How the web listener finds the protocols that can be spoken over WebSocket, without knowing who speaks them.
struct WebSocketProtocol {
    std::vector<std::string> subprotocols;  ///< best first: "v12.stomp", "v11.stomp"
    std::string path;                       ///< chosen where no subprotocol is offered: "/stomp"
    bool accepts_text = false;              ///< text messages are welcome too; otherwise they close with 1003
    bool prefers_text = false;              ///< UTF-8 output goes out as text messages
};

struct ListenerSettings {
    std::string name;
    const Url& url;
    const OptionValues& options;
};

struct BackendSettings {
    std::string name;
    const Url& url;
    const OptionValues& options;
};

/// A protocol: its schemes, its options, and what it can make. One object per gateway. @thread the main one
class Adapter {
public:
    virtual ~Adapter() = default;
    virtual std::string_view name() const = 0;

    /// URL schemes of its listeners with their default ports; the ones that end in TLS are told by `is_tls`.
    struct Scheme {
        std::string_view name;
        std::uint16_t default_port;
        bool is_tls = false;
    };
    virtual std::vector<Scheme> listener_schemes() const { return {}; }
    virtual std::vector<Scheme> backend_schemes() const { return {}; }
    /// The options of `[listeners.NAME]` and `[backends.NAME]` beside `url`; live as long as the adapter.
    virtual const Schema& listener_options() const;
    virtual const Schema& backend_options() const;

    virtual Result<std::unique_ptr<Listener>> make_listener(const ListenerSettings& settings);
    virtual Result<std::unique_ptr<Backend>> make_backend(const BackendSettings& settings, Shard& shard);
    /// What a backend with these settings can do, without making one: for `rialto check` and `explain`.
    virtual Abilities abilities(const BackendSettings& settings) const;
    /// Brings back what the gateway's store has of its clients. Called once, where there is a store, when all listeners are made
    /// and before any loop runs. @error invalid  what is stored is damaged
    virtual Result<void> restore() { return {}; }
    /// The protocol over WebSocket, where it has one.
    virtual const WebSocketProtocol* websocket_protocol() const { return nullptr; }
    /// The service behind `websocket_protocol()`, for the web listener `listener`.
    virtual std::shared_ptr<StreamService> make_service(std::string_view listener);
};

}  // namespace rialto
