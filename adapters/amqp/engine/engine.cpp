#include "adapters/amqp/engine/engine.hpp"

#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/transport.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "adapters/amqp/engine/sasl_server.hpp"

namespace rialto::amqp {
namespace {

constexpr std::chrono::seconds goodbye_time{2};  // for the peer's close; most answer within a millisecond

const char* or_null(const std::string& text) noexcept { return text.empty() ? nullptr : text.c_str(); }

bool is_open_here(pn_state_t state) noexcept { return (state & PN_LOCAL_ACTIVE) != 0; }

}  // namespace

void EngineUser::on_session_opened(pn_session_t* session) noexcept {
    if ((pn_session_state(session) & PN_LOCAL_UNINIT) != 0) pn_session_open(session);
}

Engine::Engine(Wire& wire, EngineUser& user, const EngineSettings& settings, const EngineSettings::Login& login)
    : wire_(wire),
      user_(&user),
      guard_(settings.frames),
      tick_timer_([this] { wake(); }),
      goodbye_timer_([this] { end_wire(); }) {
    set_up(settings);
    pn_connection_set_hostname(connection(), or_null(login.virtual_host));
    if (!login.mechanisms.empty()) {
        if (!login.user.empty()) {
            pn_connection_set_user(connection(), login.user.c_str());
            pn_connection_set_password(connection(), login.password.c_str());
        }
        pn_sasl_t* const sasl = pn_sasl(transport());
        pn_sasl_allowed_mechs(sasl, login.mechanisms.c_str());
        pn_sasl_set_allow_insecure_mechs(sasl, true);  // TLS is the wire's, where Proton can't see it
    }
    pn_connection_open(connection());
    pn_connection_driver_bind(&driver_);
    wake();
}

Engine::Engine(Wire& wire, EngineUser& user, const EngineSettings& settings, SaslServer& sasl)
    : wire_(wire),
      user_(&user),
      guard_(settings.frames),
      tick_timer_([this] { wake(); }),
      goodbye_timer_([this] { end_wire(); }) {
    set_up(settings);
    pn_transport_set_server(transport());
    sasl.attach(transport());
    pn_connection_driver_bind(&driver_);
}

void Engine::set_up(const EngineSettings& settings) {
    pn_connection_driver_init(&driver_, nullptr, nullptr);
    pn_connection_set_container(connection(), settings.container.c_str());
    pn_transport_set_max_frame(transport(), settings.frames.frame_size);
    pn_transport_set_channel_max(transport(), static_cast<std::uint16_t>(settings.frames.channels - 1));
    pn_transport_set_idle_timeout(transport(), static_cast<pn_millis_t>(settings.idle_timeout.count()));
}

Engine::~Engine() {
    if (user_) user_->on_stopped();
    pn_connection_driver_destroy(&driver_);
}

void Engine::accept() { pn_connection_open(connection()); }

void Engine::wake() noexcept {
    if (!is_dispatching_) wire_.shard().flush_later(*this);
}

void Engine::flush() noexcept {
    if (!is_wire_closed_) pump();
}

void Engine::close(const std::optional<Condition>& why) {
    if (std::exchange(is_closing_, true)) return;
    if (why) {
        set(pn_connection_condition(connection()), *why);
        if (!trouble_) trouble_ = error_of(pn_connection_condition(connection()));
    }
    pn_connection_close(connection());
    wire_.shard().arm(goodbye_timer_, goodbye_time);
    wake();
}

pn_delivery_t* Engine::send(pn_link_t* sender, std::string_view tag, std::initializer_list<std::string_view> parts,
                            bool is_settled) {
    pn_delivery_t* const delivery = pn_delivery(sender, pn_dtag(tag.data(), tag.size()));
    for (const std::string_view part : parts) {
        if (!part.empty()) pn_link_send(sender, part.data(), part.size());
    }
    pn_link_advance(sender);
    wake();
    if (!is_settled) return delivery;
    pn_delivery_settle(delivery);
    return nullptr;
}

Engine::Received Engine::receive(pn_delivery_t* delivery, Bytes& message, std::size_t limit) {
    pn_link_t* const link = pn_delivery_link(delivery);
    if (pn_delivery_aborted(delivery)) {
        pn_delivery_settle(delivery);
        return Received::aborted;
    }
    const std::size_t size = pn_delivery_pending(delivery);
    if (size > limit) return Received::too_large;
    if (pn_delivery_partial(delivery)) return Received::part;
    message.resize(size);
    if (size != 0) pn_link_recv(link, message.data(), size);
    pn_link_advance(link);
    return Received::whole;
}

void Engine::discard(pn_delivery_t* delivery) {
    pn_link_t* const link = pn_delivery_link(delivery);
    if (!pn_link_is_receiver(link) || pn_link_current(link) != delivery) return;
    std::array<char, 4096> nowhere;
    while (pn_link_recv(link, nowhere.data(), nowhere.size()) > 0) {}
}

std::size_t Engine::unfinished() const noexcept {
    std::size_t octets = 0;
    for (pn_session_t* session = pn_session_head(connection(), 0); session; session = pn_session_next(session, 0)) {
        octets += pn_session_incoming_bytes(session);
    }
    return octets;
}

std::size_t Engine::on_bytes(ByteView bytes) {
    if (is_wire_closed_) return bytes.size();
    const Result<std::size_t> sound = guard_.check(bytes);
    if (sound.has_error()) {
        const bool is_over_limit = sound.error().code == Errc::over_limit;
        if (!trouble_) trouble_ = sound.error();
        close(Condition{is_over_limit ? condition::resource_limit : condition::framing_error, sound.error().message});
        pump();
        end_wire();
        return bytes.size();
    }
    feed(bytes.first(*sound));
    pump();
    return is_wire_closed_ ? bytes.size() : *sound;
}

void Engine::feed(ByteView frames) {
    while (!frames.empty()) {
        const pn_rwbytes_t room = pn_connection_driver_read_buffer(&driver_);
        if (room.size == 0) {
            // Events may hold what frees room; without any, Proton has stopped reading for good.
            if (!pn_connection_driver_has_event(&driver_)) return;
            dispatch();
            continue;
        }
        const std::size_t size = std::min(room.size, frames.size());
        std::memcpy(room.start, frames.data(), size);
        pn_connection_driver_read_done(&driver_, size);
        frames = frames.subspan(size);
        dispatch();
    }
}

/// Events make output, and output makes events.
void Engine::pump() {
    dispatch();
    tick();
    write_output();
    while (pn_connection_driver_has_event(&driver_) && !is_dispatching_) {
        dispatch();
        write_output();
    }
    // Without this a refused login is never told.
    if (pn_transport_capacity(transport()) < 0 && !pn_connection_driver_read_closed(&driver_)) {
        pn_connection_driver_read_close(&driver_);
        dispatch();
    }
    if (pn_transport_pending(transport()) < 0) end_wire();
}

void Engine::write_output() {
    while (!is_congested()) {
        const pn_bytes_t output = pn_connection_driver_write_buffer(&driver_);
        if (output.size == 0) return;
        wire_.write(as_bytes({output.start, output.size}));
        pn_connection_driver_write_done(&driver_, output.size);
    }
    was_congested_ = true;
    wire_.tell_when_drained();
}

void Engine::on_drained() {
    if (is_wire_closed_) return;
    if (std::exchange(was_congested_, false) && user_ && !is_closing_) user_->on_writable();
    pump();
}

void Engine::dispatch() {
    if (std::exchange(is_dispatching_, true)) return;
    while (pn_event_t* const event = pn_connection_driver_next_event(&driver_)) handle(event);
    is_dispatching_ = false;
}

void Engine::handle(pn_event_t* event) {
    const pn_event_type_t type = pn_event_type(event);
    if (type == PN_TRANSPORT_ERROR) return note_trouble(pn_transport_condition(transport()));
    if (type == PN_CONNECTION_REMOTE_CLOSE) return handle_remote_close();
    if (!user_ || is_closing_) return;
    switch (type) {
        case PN_CONNECTION_REMOTE_OPEN:
            return handle_remote_open();
        case PN_SESSION_REMOTE_OPEN:
            return user_->on_session_opened(pn_event_session(event));
        case PN_SESSION_REMOTE_CLOSE:
            return close_session(pn_event_session(event));
        case PN_LINK_REMOTE_OPEN:
            return user_->on_link_opened(pn_event_link(event));
        case PN_LINK_REMOTE_CLOSE:
        case PN_LINK_REMOTE_DETACH:
            return close_link(pn_event_link(event));
        case PN_LINK_FLOW:
            return user_->on_flow(pn_event_link(event));
        case PN_DELIVERY:
            return user_->on_delivery(pn_event_delivery(event));
        default:
            return;
    }
}

void Engine::handle_remote_open() {
    user_->on_connection_opened();
    tick_timer_.cancel();  // now that the peer's own idle timeout is known
    tick();
}

void Engine::handle_remote_close() {
    note_trouble(pn_connection_remote_condition(connection()));
    is_closing_ = true;
    goodbye_timer_.cancel();
    pn_connection_close(connection());
    if (!trouble_) trouble_ = fail(Errc::closed, "the other side closed the connection");
}

void Engine::close_link(pn_link_t* link) {
    user_->on_link_closed(link);
    if (is_open_here(pn_link_state(link)) || (pn_link_state(link) & PN_LOCAL_UNINIT) != 0) pn_link_close(link);
    pn_link_free(link);
}

void Engine::close_session(pn_session_t* session) {
    pn_link_t* next = nullptr;
    for (pn_link_t* link = pn_link_head(connection(), 0); link; link = next) {
        next = pn_link_next(link, 0);
        if (pn_link_session(link) == session && (pn_link_state(link) & PN_REMOTE_CLOSED) == 0) close_link(link);
    }
    user_->on_session_closed(session);
    pn_session_close(session);
    pn_session_free(session);
}

void Engine::note_trouble(pn_condition_t* condition) {
    if (!trouble_ && condition && pn_condition_is_set(condition)) trouble_ = error_of(condition);
}

/// Proton counts what was read and written since the last call; it needs one only near its own deadline.
void Engine::tick() {
    if (tick_timer_.is_armed() || is_wire_closed_) return;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(wire_.shard().now().time_since_epoch()).count();
    const std::int64_t due = pn_transport_tick(transport(), now);
    if (due > 0) wire_.shard().arm(tick_timer_, std::chrono::milliseconds(std::max<std::int64_t>(due - now, 1)));
}

void Engine::end_wire() {
    if (std::exchange(is_wire_closed_, true)) return;
    tick_timer_.cancel();
    goodbye_timer_.cancel();
    wire_.close();
}

void Engine::on_drain() { close(Condition{condition::connection_forced, "the gateway is stopping"}); }

void Engine::on_closed(const Error& reason) {
    is_wire_closed_ = true;
    tick_timer_.cancel();
    goodbye_timer_.cancel();
    unlink();
    pn_connection_driver_read_close(&driver_);
    pn_connection_driver_write_close(&driver_);
    is_closing_ = true;
    // A connection that broke off is the transport's trouble, whatever Proton says of the octets that are missing.
    const bool was_told = trouble_.has_value();
    dispatch();
    tell_lost(was_told ? *trouble_ : reason);
}

void Engine::tell_lost(const Error& why) {
    if (EngineUser* const user = std::exchange(user_, nullptr)) user->on_lost(why);
}

}  // namespace rialto::amqp
