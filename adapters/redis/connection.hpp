#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/redis/resp.hpp"
#include "core/answer.hpp"
#include "core/net/dial.hpp"
#include "core/net/wire.hpp"

namespace rialto::redis {

/// Where and as whom.
struct Login {
    Dialing dialing;
    std::string user;                     ///< of an access control list; empty: the default user
    std::optional<std::string> password;
    std::string database;                 ///< a number; empty: 0
    std::chrono::milliseconds keep_alive{30'000};  ///< after so much silence a PING; after as much again it is lost
};

/// Whoever speaks on a connection.
class ConnectionUser {
public:
    /// A reply, or a message that was pushed.
    virtual void on_reply(const redisReply& reply) noexcept = 0;
    /// Whether on_reply() may be called; if not, the connection does not read until take_more().
    virtual bool wants_more() const noexcept { return true; }
    /// It was silent for a while: send a PING, whose reply comes by on_reply().
    virtual void on_silence() noexcept = 0;
    /// The connection is lost and must not be used any more.
    virtual void on_lost(const Error& why) noexcept = 0;
    /// The gateway has stopped, and the connection with it: nobody needs to be told.
    virtual void on_stopped() noexcept = 0;

protected:
    ~ConnectionUser() = default;
};

/// One connection to a Redis server. Owned by its wire: gone after on_lost(). Lives on: one shard.
class Connection final : public StreamSession {
public:
    Connection(Wire& wire, ConnectionUser& user, const Login& login, Answer<void>& logged_in);
    ~Connection() override;

    /// Sends a command; what is sent in one turn leaves in one write.
    void send(std::initializer_list<std::string_view> words);
    void send(std::span<const std::string_view> words);
    /// Reads on after ConnectionUser::wants_more() had said no.
    void take_more();
    /// Says QUIT and ends the connection after what was sent. The user is forgotten.
    void quit();
    /// Ends the connection because of what the server said or did; the user hears of it by on_lost().
    void abort(const Error& why);

    std::size_t on_bytes(ByteView bytes) override;
    void on_drain() override {}
    void on_closed(const Error& reason) override;

private:
    void log_in(const Login& login);
    void handle_replies();
    void on_login_reply(const redisReply& reply);
    void on_timer();
    void tell_lost(const Error& why);

    Wire& wire_;
    ConnectionUser* user_;
    std::string server_;  ///< for errors
    std::chrono::milliseconds keep_alive_;
    Timer timer_;
    ReplyReader reader_;
    Answer<void>* logged_in_;  ///< null once it was given
    int login_replies_ = 0;    ///< how many are missing
    bool was_heard_ = false;   ///< since the timer last fired
    bool was_asked_ = false;
    bool is_paused_ = false;
    bool is_handling_ = false;
};

/// Connects and logs in. `connection` is the user's own pointer: set as soon as there is one, taken back by the user in
/// on_lost() and on_stopped(). On success it is set.
/// @error refused      the password, the user or the database number
/// @error closed       Connection::quit() was called meanwhile
/// @error unreachable, timed_out, protocol
boost::asio::awaitable<Result<void>> connect(Shard& shard, Login login, ConnectionUser& user, Connection*& connection);

/// Words that Redis puts in front of an error: "NOPERM" of "NOPERM this user has no permissions …".
std::string_view error_code(const redisReply& reply) noexcept;
/// Whether the error is about who we are or what we may do, so that trying again soon can't help.
bool is_refusal(const redisReply& reply) noexcept;
/// Whether the error passes: the server is loading, out of memory, read-only, and so on.
bool is_temporary(const redisReply& reply) noexcept;

}  // namespace rialto::redis
