#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "adapters/amqp/backend/client_settings.hpp"
#include "adapters/amqp/engine/engine.hpp"
#include "core/answer.hpp"

namespace rialto::amqp {

/// A connection to the broker with one session: what source and sink have in common. Lives on: one shard.
class Connection : protected EngineUser {
public:
    Connection(Shard& shard, std::shared_ptr<const ClientSettings> settings, std::string container);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

protected:
    ~Connection();

    /// Dials, logs in and begins the session; the broker has said who it is then.
    /// @error refused, unreachable, timed_out, protocol
    boost::asio::awaitable<Result<void>> connect();
    /// Waits for what opening() is told. @error timed_out, and whatever it was told; unreachable where the connection went
    boost::asio::awaitable<Result<void>> wait_until_open(std::string too_late);
    /// Says close. Nothing more is heard of the connection. Not from within a call of the engine's.
    void disconnect();
    /// Ends the connection because of what the broker did: on_connection_lost() follows, or open() fails.
    void abort(Error why);

    /// Whether open() waits, and the end of its waiting; says nothing twice.
    bool is_opening() const noexcept { return opening_ != nullptr; }
    void opened(Result<void> result) {
        if (opening_) opening_->give(std::move(result));
    }
    /// The connection that open() had brought about is gone.
    virtual void on_connection_lost(const Error& why) noexcept = 0;
    /// It is gone, or the gateway has stopped: nothing of Proton's may be touched any more. Before on_connection_lost().
    virtual void on_links_gone() noexcept = 0;

    Dialect dialect() const noexcept { return dialect_; }
    /// How long the broker lets us be silent, as it says; 0: for ever.
    std::chrono::milliseconds brokers_idle_timeout() const noexcept { return brokers_idle_timeout_; }
    /// Whether the broker takes messages for any address on one link. @source Anonymous Terminus for Message Routing 1.0
    bool relays_anonymous() const noexcept { return relays_anonymous_; }

    Shard& shard_;
    const std::shared_ptr<const ClientSettings> settings_;
    Engine* engine_ = nullptr;
    pn_session_t* session_ = nullptr;

private:
    void on_connection_opened() noexcept override;
    void on_session_closed(pn_session_t* session) noexcept override;
    void on_lost(const Error& why) noexcept override;
    void on_stopped() noexcept override;
    EngineSettings::Login login() const;

    std::string container_;
    Answer<void>* opening_ = nullptr;  ///< of a coroutine that waits
    Dialect dialect_ = Dialect::generic;
    std::optional<Error> abort_reason_;
    bool relays_anonymous_ = false;
    std::chrono::milliseconds brokers_idle_timeout_{0};
};

}  // namespace rialto::amqp
