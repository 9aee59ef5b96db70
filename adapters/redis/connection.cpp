#include "adapters/redis/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rialto::redis {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Error refusal(const std::string& server, const redisReply& reply) {
    const Errc code = is_temporary(reply) ? Errc::unreachable : Errc::refused;
    return fail(code, "Redis at " + server + " answered: " + std::string(text_of(reply)));
}

}  // namespace

std::string_view error_code(const redisReply& reply) noexcept {
    const std::string_view text = text_of(reply);
    return text.substr(0, text.find(' '));
}

bool is_refusal(const redisReply& reply) noexcept {
    return is_one_of(error_code(reply), {"NOAUTH", "WRONGPASS", "NOPERM", "DENIED"});
}

bool is_temporary(const redisReply& reply) noexcept {
    return is_one_of(error_code(reply), {"LOADING", "BUSY", "OOM", "READONLY", "MISCONF", "MASTERDOWN", "CLUSTERDOWN",
                                         "NOREPLICAS", "TRYAGAIN", "UNBLOCKED"});
}

Connection::Connection(Wire& wire, ConnectionUser& user, const Login& login, Answer<void>& logged_in)
    : wire_(wire),
      user_(&user),
      server_(login.dialing.address.text()),
      keep_alive_(login.keep_alive),
      timer_([this] { on_timer(); }),
      logged_in_(&logged_in) {
    log_in(login);
    wire_.shard().arm(timer_, keep_alive_);
}

Connection::~Connection() {
    if (user_) user_->on_stopped();
}

void Connection::log_in(const Login& login) {
    if (login.password) {
        login.user.empty() ? send({"AUTH", *login.password}) : send({"AUTH", login.user, *login.password});
        ++login_replies_;
    }
    if (!login.database.empty()) {
        send({"SELECT", login.database});
        ++login_replies_;
    }
    send({"PING"});  // somebody has to answer, and as Redis does
    ++login_replies_;
}

void Connection::send(std::initializer_list<std::string_view> words) {
    send(std::span<const std::string_view>(words.begin(), words.size()));
}

void Connection::send(std::span<const std::string_view> words) { wire_.write(Command(words).bytes()); }

std::size_t Connection::on_bytes(ByteView bytes) {
    was_heard_ = true;
    reader_.feed(bytes);
    handle_replies();
    return bytes.size();
}

void Connection::handle_replies() {
    if (is_handling_) return;  // the user asked for more from within on_reply()
    is_handling_ = true;
    while (user_ && (logged_in_ || user_->wants_more())) {
        Result<Reply> reply = reader_.next();
        if (reply.has_error()) {
            abort(in_context(server_, reply.error()));
            break;
        }
        if (!*reply) break;
        logged_in_ ? on_login_reply(**reply) : user_->on_reply(**reply);
    }
    is_handling_ = false;
    if (!user_) return;
    const bool wants_more = logged_in_ || user_->wants_more();
    if (is_paused_ != wants_more) return;
    is_paused_ = !wants_more;
    is_paused_ ? wire_.pause_reading() : wire_.resume_reading();
}

void Connection::on_login_reply(const redisReply& reply) {
    if (is_error(reply)) return abort(refusal(server_, reply));
    if (--login_replies_ == 0) std::exchange(logged_in_, nullptr)->give({});
}

void Connection::take_more() { handle_replies(); }

void Connection::on_timer() {
    wire_.shard().arm(timer_, keep_alive_);
    if (logged_in_) return;  // whoever waits for that has a limit of its own
    const bool was_heard = std::exchange(was_heard_, false) || is_paused_;  // who does not listen can't miss an answer
    const bool was_asked = std::exchange(was_asked_, !was_heard);
    if (was_heard || !user_) return;
    if (was_asked) return abort({Errc::timed_out, "Redis at " + server_ + " is silent"});
    user_->on_silence();
}

void Connection::quit() {
    user_ = nullptr;
    timer_.cancel();
    if (logged_in_) std::exchange(logged_in_, nullptr)->give(fail(Errc::closed, "closed"));
    send({"QUIT"});
    wire_.close();
}

void Connection::abort(const Error& why) {
    wire_.close();
    tell_lost(why);
}

void Connection::on_closed(const Error& reason) {
    const Errc code = reason.code == Errc::refused ? Errc::refused : Errc::unreachable;
    tell_lost({code, "the connection to Redis at " + server_ + " is gone: " + reason.message});
}

void Connection::tell_lost(const Error& why) {
    timer_.cancel();
    ConnectionUser* const user = std::exchange(user_, nullptr);
    if (logged_in_) std::exchange(logged_in_, nullptr)->give(why);
    if (user) user->on_lost(why);
}

boost::asio::awaitable<Result<void>> connect(Shard& shard, Login login, ConnectionUser& user, Connection*& connection) {
    Answer<void> logged_in(shard.io());
    const auto open_session = [&](Wire& wire) {
        auto session = std::make_unique<Connection>(wire, user, login, logged_in);
        connection = session.get();
        return session;
    };
    if (auto dialled = co_await dial(shard, login.dialing, open_session); !dialled) co_return dialled.error();
    const std::string server = "Redis at " + login.dialing.address.text();
    Result<void> result = co_await logged_in.wait(login.dialing.within, "no answer from " + server);
    if (result && !connection) result = fail(Errc::unreachable, "the connection to " + server + " is gone");
    if (!result && connection) connection->abort(result.error());
    co_return result;
}

}  // namespace rialto::redis
