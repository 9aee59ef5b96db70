#include "adapters/stomp/client/connection.hpp"

#include <utility>

namespace rialto::stomp {
namespace {

constexpr std::string_view goodbye = "goodbye";
/// Longer than a broker needs that is well, and nobody waits long for one that is not.
constexpr std::chrono::milliseconds goodbye_time{2'000};

std::optional<Version> version_of(const Frame& connected) noexcept {
    const auto text = connected.headers.find("version");
    if (!text) return Version::v1_0;  // which has no such header
    for (const Version version : {Version::v1_0, Version::v1_1, Version::v1_2}) {
        if (*text == to_text(version)) return version;
    }
    return std::nullopt;
}

}  // namespace

std::string text_of_error(const Frame& error) {
    const std::string_view message = error.headers.find("message").value_or("ERROR without a message");
    const std::string_view body = std::string_view(error.body).substr(0, error.body.find_first_of("\r\n"));
    std::string text;
    for (const char c : message.substr(0, 200)) text.push_back(c >= ' ' ? c : ' ');
    if (body.empty() || body.starts_with("\tat") || text.find(body) != std::string::npos) return text;
    text += ": ";
    for (const char c : body.substr(0, 200)) text.push_back(c >= ' ' ? c : ' ');
    return text;
}

Connection::Connection(Wire& wire, ConnectionUser& user, const ClientSettings& settings, std::string_view client_id,
                       Answer<void>& connected)
    : wire_(wire),
      user_(&user),
      server_("the STOMP broker at " + settings.dialing.address.text()),
      ours_(settings.heart_beat),
      timing_(wire.shard()),
      heart_beats_(
          timing_, [this] { wire_.write(as_bytes("\n")); },
          [this] { abort({Errc::timed_out, server_ + " is silent"}); }),
      decoder_(settings.limits, Decoder::NoText::is_left_out),
      connected_(&connected) {
    log_in(settings, client_id);
}

Connection::~Connection() {
    if (user_) user_->on_stopped();
}

void Connection::log_in(const ClientSettings& settings, std::string_view client_id) {
    std::string out;
    FrameWriter frame(out, Command::connect, Version::v1_2);
    frame.header("accept-version", "1.0,1.1,1.2").header("host", settings.host);
    if (!settings.user.empty()) frame.header("login", settings.user);
    if (settings.password) frame.header("passcode", *settings.password);
    if (!client_id.empty()) frame.header("client-id", client_id);
    frame.header("heart-beat", to_text(ours_)).finish();
    write(out);
}

void Connection::write(std::string_view bytes) {
    wire_.write(as_bytes(bytes));
    heart_beats_.wrote();
}

void Connection::pause_reading() {
    heart_beats_.pause_watch();
    wire_.pause_reading();
}

void Connection::resume_reading() {
    heart_beats_.resume_watch();
    wire_.resume_reading();
}

std::size_t Connection::on_bytes(ByteView bytes) {
    heart_beats_.heard();
    ByteView input = bytes;
    while (user_) {
        const Result<Decoded> decoded = decoder_.next(input);
        if (decoded.has_error()) {
            abort(in_context(server_, decoded.error()));
            break;
        }
        if (*decoded == Decoded::need_more) break;
        if (*decoded == Decoded::heart_beat) continue;
        handle(decoder_.frame());
        decoder_.frame().clear();
    }
    return bytes.size();
}

void Connection::handle(Frame& frame) {
    if (frame.command == Command::error) return on_error(frame);
    if (connected_) {
        if (frame.command == Command::connected) return on_connected(frame);
        return abort({Errc::protocol, server_ + " began with " + std::string(to_text(frame.command))});
    }
    if (frame.command == Command::receipt && said_goodbye_ && frame.headers.find("receipt-id") == goodbye) {
        return std::exchange(said_goodbye_, nullptr)->give({});
    }
    if (frame.command == Command::message || frame.command == Command::receipt) return user_->on_frame(frame);
    abort({Errc::protocol, server_ + " sent " + std::string(to_text(frame.command))});
}

void Connection::on_connected(const Frame& frame) {
    const auto version = version_of(frame);
    if (!version) return abort({Errc::protocol, server_ + " chose a version that we did not offer"});
    Result<HeartBeatOffer> theirs = parse_heart_beat(frame.headers.find("heart-beat").value_or("0,0"));
    if (theirs.has_error()) return abort(in_context(server_, theirs.error()));
    version_ = *version;
    decoder_.set_version(version_);
    heart_beats_.start(*theirs, ours_);
    std::exchange(connected_, nullptr)->give({});
}

/// An ERROR is the broker's last word [STOMP 1.2, ERROR].
void Connection::on_error(const Frame& frame) {
    if (!connected_) user_->on_error(frame);
    abort({connected_ ? Errc::refused : Errc::unreachable, server_ + " answered: " + text_of_error(frame)});
}

void Connection::say_goodbye(Answer<void>& said) {
    said_goodbye_ = &said;
    std::string out;
    FrameWriter(out, Command::disconnect, version_).header("receipt", goodbye).finish();
    write(out);
}

void Connection::quit() {
    user_ = nullptr;
    heart_beats_.stop();
    if (connected_) std::exchange(connected_, nullptr)->give(fail(Errc::closed, "closed"));
    if (said_goodbye_) std::exchange(said_goodbye_, nullptr)->give({});
    wire_.close();
}

void Connection::abort(const Error& why) {
    wire_.close();
    tell_lost(why);
}

void Connection::on_closed(const Error& reason) {
    tell_lost({reason.code == Errc::refused ? Errc::refused : Errc::unreachable,
               "the connection to " + server_ + " is gone: " + reason.message});
}

void Connection::tell_lost(const Error& why) {
    heart_beats_.stop();
    ConnectionUser* const user = std::exchange(user_, nullptr);
    if (connected_) std::exchange(connected_, nullptr)->give(why);
    if (said_goodbye_) std::exchange(said_goodbye_, nullptr)->give({});
    if (user) user->on_lost(why);
}

boost::asio::awaitable<Result<void>> connect(Shard& shard, const ClientSettings& settings, std::string client_id,
                                             ConnectionUser& user, Connection*& connection) {
    Answer<void> connected(shard.io());
    const auto open_session = [&](Wire& wire) {
        auto session = std::make_unique<Connection>(wire, user, settings, client_id, connected);
        connection = session.get();
        return session;
    };
    if (auto dialled = co_await dial(shard, settings.dialing, open_session); !dialled) co_return dialled.error();
    const std::string server = "the STOMP broker at " + settings.dialing.address.text();
    Result<void> result = co_await connected.wait(settings.dialing.within, "no answer from " + server);
    if (result && !connection) result = fail(Errc::unreachable, "the connection to " + server + " is gone");
    if (!result && connection) connection->abort(result.error());
    co_return result;
}

boost::asio::awaitable<void> disconnect(Shard& shard, Connection*& connection) {
    if (!connection) co_return;
    Answer<void> said(shard.io());
    connection->say_goodbye(said);
    static_cast<void>(co_await said.wait(goodbye_time, "no answer to DISCONNECT"));
    if (connection) std::exchange(connection, nullptr)->quit();
}

}  // namespace rialto::stomp
