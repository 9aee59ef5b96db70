#include "adapters/amqp/backend/connection.hpp"

#include <proton/codec.h>
#include <proton/connection.h>
#include <proton/session.h>
#include <proton/transport.h>

#include <utility>

namespace rialto::amqp {
namespace {

std::string_view text_of(pn_bytes_t bytes) noexcept { return {bytes.start, bytes.size}; }

std::string_view current_text(pn_data_t* data) {
    const pn_type_t type = pn_data_type(data);
    if (type == PN_SYMBOL) return text_of(pn_data_get_symbol(data));
    return type == PN_STRING ? text_of(pn_data_get_string(data)) : std::string_view();
}

/// The value of a text in a map of symbols; empty where it is not there.
std::string find_text(pn_data_t* map, std::string_view name) {
    std::string found;
    pn_data_rewind(map);
    if (!pn_data_next(map) || pn_data_type(map) != PN_MAP) return found;
    pn_data_enter(map);
    while (pn_data_next(map)) {
        const bool is_it = current_text(map) == name;
        if (!pn_data_next(map)) break;
        if (is_it) found = current_text(map);
    }
    pn_data_rewind(map);
    return found;
}

/// Whether a list of capabilities, which may be a single one, has `name`.
bool has_symbol(pn_data_t* capabilities, std::string_view name) {
    bool found = false;
    pn_data_rewind(capabilities);
    if (!pn_data_next(capabilities)) return false;
    if (pn_data_type(capabilities) == PN_ARRAY) {
        pn_data_enter(capabilities);
        while (pn_data_next(capabilities)) found |= current_text(capabilities) == name;
    } else {
        found = current_text(capabilities) == name;
    }
    pn_data_rewind(capabilities);
    return found;
}

}  // namespace

Connection::Connection(Shard& shard, std::shared_ptr<const ClientSettings> settings, std::string container)
    : shard_(shard), settings_(std::move(settings)), container_(std::move(container)) {}

Connection::~Connection() { disconnect(); }

EngineSettings::Login Connection::login() const {
    // What RabbitMQ takes for a virtual host has a word before it.
    const bool is_rabbitmq = settings_->dialect == Dialect::rabbitmq;
    std::string host = settings_->virtual_host;
    if (host.empty() && !is_rabbitmq) host = settings_->dialing.address.host;
    if (!host.empty() && is_rabbitmq) host.insert(0, "vhost:");
    return {std::move(host), settings_->mechanisms, settings_->user, settings_->password};
}

boost::asio::awaitable<Result<void>> Connection::connect() {
    disconnect();
    dialect_ = settings_->dialect.value_or(Dialect::generic);
    EngineSettings settings;
    settings.container = container_;
    settings.idle_timeout = settings_->keep_alive;
    Answer<void> answer(shard_.io());
    opening_ = &answer;
    EngineUser& user = *this;
    const Result<void> dialed = co_await dial(shard_, settings_->dialing, [&](Wire& wire) {
        auto engine = std::make_unique<Engine>(wire, user, settings, login());
        engine_ = engine.get();
        session_ = pn_session(engine_->connection());
        pn_session_open(session_);
        return engine;
    });
    Result<void> result = dialed;
    if (dialed) result = co_await answer.wait(settings_->dialing.within, "the broker did not answer the login in time");
    opening_ = nullptr;
    if (result && !engine_) result = fail(Errc::unreachable, "the connection to the broker is gone");
    if (!result) disconnect();
    co_return result;
}

boost::asio::awaitable<Result<void>> Connection::wait_until_open(std::string too_late) {
    Answer<void> answer(shard_.io());
    opening_ = &answer;
    Result<void> result = co_await answer.wait(settings_->dialing.within, std::move(too_late));
    opening_ = nullptr;
    if (result && !engine_) result = fail(Errc::unreachable, "the connection to the broker is gone");
    if (!result) disconnect();
    co_return result;
}

void Connection::disconnect() {
    Engine* const engine = std::exchange(engine_, nullptr);
    session_ = nullptr;
    abort_reason_.reset();
    if (!engine) return;
    engine->forget_user();
    engine->close();
}

void Connection::abort(Error why) {
    if (!engine_ || abort_reason_) return;
    abort_reason_ = std::move(why);
    opened(*abort_reason_);
    engine_->close();
}

void Connection::on_connection_opened() noexcept {
    pn_connection_t* const connection = engine_->connection();
    if (!settings_->dialect) {
        dialect_ = dialect_of_product(find_text(pn_connection_remote_properties(connection), "product"));
    }
    relays_anonymous_ = has_symbol(pn_connection_remote_offered_capabilities(connection), "ANONYMOUS-RELAY");
    brokers_idle_timeout_ = std::chrono::milliseconds(pn_transport_get_remote_idle_timeout(engine_->transport()));
    opened({});
}

void Connection::on_session_closed(pn_session_t* session) noexcept {
    if (session != std::exchange(session_, nullptr)) return;
    abort(in_context("the broker ended the session", error_of(pn_session_remote_condition(session))));
}

void Connection::on_lost(const Error& why) noexcept {
    engine_ = nullptr;
    session_ = nullptr;
    on_links_gone();
    const Error reason = std::exchange(abort_reason_, std::nullopt).value_or(why);
    if (opening_) return opened(reason);
    on_connection_lost(reason);
}

void Connection::on_stopped() noexcept {
    engine_ = nullptr;
    session_ = nullptr;
    on_links_gone();
}

}  // namespace rialto::amqp
