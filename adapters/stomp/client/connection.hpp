#pragma once

#include "adapters/stomp/client/settings.hpp"
#include "adapters/stomp/encoder.hpp"
#include "adapters/stomp/heart_beats.hpp"
#include "core/answer.hpp"
#include "core/net/wire.hpp"

#include <string>
#include <string_view>

namespace rialto::stomp {

/// Whoever speaks on a connection to a broker.
class ConnectionUser {
public:
    /// MESSAGE or RECEIPT. The frame's parts may be moved away.
    virtual void on_frame(Frame& frame) noexcept = 0;
    /// ERROR: on_lost() follows.
    virtual void on_error(const Frame& /*error*/) noexcept {}
    /// The connection is lost and must not be used any more.
    virtual void on_lost(const Error& why) noexcept = 0;
    /// The gateway has stopped, and the connection with it: nobody needs to be told.
    virtual void on_stopped() noexcept = 0;

protected:
    ~ConnectionUser() = default;
};

/// One connection to a STOMP broker. Owned by its wire: gone after on_lost(). Lives on: one shard.
class Connection final : public StreamSession {
public:
    /// @param client_id  of the CONNECT; empty: none
    Connection(Wire& wire, ConnectionUser& user, const ClientSettings& settings, std::string_view client_id,
               Answer<void>& connected);
    ~Connection() override;

    [[nodiscard]] Version version() const noexcept { return version_; }
    [[nodiscard]] Wire& wire() noexcept { return wire_; }
    /// Everything that is written counts as a heart-beat.
    void write(std::string_view bytes);

    /// Reading stops and goes on: for brokers that can't be told how much is welcome.
    void pause_reading();
    void resume_reading();

    /// Says DISCONNECT; `said` hears when the broker has handled all before it, or is gone. Frames still come until quit().
    void say_goodbye(Answer<void>& said);
    /// Ends the connection after what was written. The user is forgotten.
    void quit();
    /// Ends it because of what the broker said or did; the user hears of it by on_lost().
    void abort(const Error& why);

    std::size_t on_bytes(ByteView bytes) override;
    void on_drain() override {}
    void on_closed(const Error& reason) override;

private:
    void log_in(const ClientSettings& settings, std::string_view client_id);
    void handle(Frame& frame);
    void on_connected(const Frame& frame);
    void on_error(const Frame& frame);
    void tell_lost(const Error& why);

    Wire& wire_;
    ConnectionUser* user_;
    std::string server_;  ///< for errors
    HeartBeatOffer ours_;
    ShardTiming timing_;
    HeartBeats heart_beats_;
    Decoder decoder_;
    Version version_ = Version::v1_0;  ///< until CONNECTED says it
    Answer<void>* connected_;          ///< null once it was given
    Answer<void>* said_goodbye_ = nullptr;
};

/// Connects and logs in. `connection` is the user's own pointer: set as soon as there is one, taken back by the user in
/// on_lost() and on_stopped(). On success it is set.
/// @error refused      the broker answered ERROR
/// @error closed       Connection::quit() was called meanwhile
/// @error unreachable, timed_out, protocol
boost::asio::awaitable<Result<void>> connect(Shard& shard, const ClientSettings& settings, std::string client_id,
                                             ConnectionUser& user, Connection*& connection);

/// Says goodbye and waits a little for the answer, then ends the connection.
boost::asio::awaitable<void> disconnect(Shard& shard, Connection*& connection);

/// What an ERROR frame says, as one line.
[[nodiscard]] std::string text_of_error(const Frame& error);

}  // namespace rialto::stomp
