#include "adapters/web/http_session.hpp"

#include "adapters/web/websocket.hpp"

#include <ctime>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/serializer.hpp>

namespace rialto::web {
namespace http = boost::beast::http;

namespace {

/// How long a client may take to read a piece of an answer.
constexpr auto transfer_timeout = std::chrono::seconds(60);

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

unsigned status_for(const boost::system::error_code& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
    if (error == http::error::body_limit) return 413;
    if (error == http::error::bad_version) return 505;
    return 400;
}

std::string_view sentence_for(unsigned status) {
    switch (status) {
        case 413:
            return "the request's body is too large\n";
        case 431:
            return "the request's header is too large\n";
        case 505:
            return "only HTTP/1.0 and HTTP/1.1 are spoken here\n";
        default:
            return "this is no HTTP request\n";
    }
}

/// The decoded path of "/a%20b?c" or "http://host/a%20b".
std::optional<std::string> path_of(const Request& request) {
    std::string_view target = request.target();
    target = target.substr(0, target.find_first_of("?#"));
    if (const auto scheme = target.find("://");
        !target.starts_with('/') && scheme != std::string_view::npos) {
        const auto slash = target.find('/', scheme + 3);
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    if (target == "*" && request.method() == http::verb::options) return "/";
    if (!target.starts_with('/')) return std::nullopt;
    return percent_decoded(target);
}

template <typename Serializer> void write_serialized(Wire& wire, Serializer& serializer, bool head_only) {
    serializer.split(head_only);
    boost::system::error_code error;
    while (!error && !(head_only ? serializer.is_header_done() : serializer.is_done())) {
        serializer.next(error, [&](boost::system::error_code&, const auto& buffers) {
            std::size_t size = 0;
            for (auto at = boost::asio::buffer_sequence_begin(buffers);
                 at != boost::asio::buffer_sequence_end(buffers); ++at) {
                const boost::asio::const_buffer buffer = *at;
                wire.write(ByteView(static_cast<const std::uint8_t*>(buffer.data()), buffer.size()));
                size += buffer.size();
            }
            serializer.consume(size);
        });
    }
}

}  // namespace

HttpSession::HttpSession(const Site& site, Wire& wire)
    : site_(site), wire_(wire), timer_([this] { on_timeout(); }) {
    wire_.shard().arm(timer_, site_.settings.request_timeout);
}

HttpSession::~HttpSession() = default;

std::size_t HttpSession::on_bytes(ByteView bytes) {
    if (upgraded_) return upgraded_->on_bytes(bytes);
    std::size_t used = 0;
    while (used < bytes.size() && !upgraded_ && !transfer_ && !is_closing_) {
        const std::size_t taken = read_request(bytes.subspan(used));
        used += taken;
        if (taken == 0) break;
    }
    return used;
}

std::size_t HttpSession::read_request(ByteView bytes) {
    if (!parser_) {
        parser_ = std::make_unique<Parser>();
        parser_->header_limit(static_cast<std::uint32_t>(site_.settings.header_limit));
        parser_->body_limit(site_.settings.body_limit);
        parser_->eager(true);
        was_told_to_continue_ = false;
        wire_.shard().arm(timer_, site_.settings.request_timeout);
    }
    boost::system::error_code error;
    const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error && error != http::error::need_more) {
        const unsigned status = status_for(error);
        refuse(status, std::string(sentence_for(status)));
        return bytes.size();
    }
    if (parser_->is_done()) {
        const Request request = parser_->release();
        parser_.reset();
        handle(request);
    } else if (parser_->is_header_done()) {
        continue_if_asked();
    }
    return used;
}

// @source RFC 9110 section 10.1.1
void HttpSession::continue_if_asked() {
    if (was_told_to_continue_ || parser_->get().version() < 11) return;
    if (!http::token_list(parser_->get()[http::field::expect]).exists("100-continue")) return;
    was_told_to_continue_ = true;
    wire_.write(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"));
}

void HttpSession::handle(const Request& request) {
    const auto path = path_of(request);
    const std::string_view host = request[http::field::host];
    if (!path) return send(plain_text(400, "the target is no path\n"), request);
    if (request.count(http::field::host) != 1 && request.version() >= 11) {
        return send(plain_text(400, "exactly one Host header has to be there\n"), request);
    }
    if (!host.empty() && !site_.origins.allows_host(host)) {
        return send(plain_text(421, "this host name is not served here; see allowed_hosts\n"), request);
    }
    if (wants_upgrade(request)) return upgrade(request, *path);
    Response response = site_.resources.answer(request, *path);
    share_with_listed_origin(request, response);
    send(std::move(response), request);
}

void HttpSession::share_with_listed_origin(const Request& request, Response& response) const {
    const std::string_view origin = request[http::field::origin];
    if (origin.empty()) return;
    response.message.set(http::field::vary, "Origin");
    if (site_.origins.is_listed(origin))
        response.message.set(http::field::access_control_allow_origin, origin);
}

void HttpSession::upgrade(const Request& request, std::string_view path) {
    const std::string_view origin = request[http::field::origin];
    if (request.count(http::field::origin) != 0 &&
        !site_.origins.allows_origin(origin, request[http::field::host])) {
        if (const auto held = site_.origin_refusals.pass()) {
            log::warn("origin refused", {{"listener", site_.settings.name},
                                         {"peer", wire_.peer()},
                                         {"origin", std::string(origin.substr(0, 200))},
                                         {"held_back", std::to_string(*held)}});
        }
        return send(plain_text(403, "pages of this origin may not connect; see allowed_origins\n"), request);
    }
    if (is_draining_) return send(plain_text(503, "the gateway is stopping\n"), request);
    const bool is_place =
        path == "/" || std::any_of(site_.protocols.begin(), site_.protocols.end(),
                                   [&](const auto& each) { return each.protocol.path == path; });
    if (!is_place) return send(plain_text(404, "no WebSocket is spoken here\n"), request);
    const Upgrade chosen = choose_upgrade(request, path, site_.protocols);
    if (chosen.chosen) return accept(chosen);
    Response response = plain_text(chosen.status, chosen.complaint + "\n");
    if (chosen.status == 426) {
        response.message.set(http::field::sec_websocket_version, "13");
        response.message.set(http::field::upgrade, "websocket");
    }
    send(std::move(response), request);
}

void HttpSession::accept(const Upgrade& upgrade) {
    std::string head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: " +
        upgrade.accept + "\r\n";
    if (!upgrade.subprotocol.empty()) head += "Sec-WebSocket-Protocol: " + upgrade.subprotocol + "\r\n";
    wire_.write(as_bytes(head + "\r\n"));
    timer_.cancel();
    site_.counts[wire_.shard().index()].upgraded.add();
    upgraded_ = std::make_unique<WebSocket>(wire_, upgrade.chosen->make_session);
}

void HttpSession::refuse(unsigned status, std::string text) {
    if (const auto held = site_.broken_requests.pass()) {
        log::warn("http request refused", {{"listener", site_.settings.name},
                                           {"peer", wire_.peer()},
                                           {"status", std::to_string(status)},
                                           {"held_back", std::to_string(*held)}});
    }
    Request unread;
    unread.version(11);
    unread.keep_alive(false);
    parser_.reset();
    send(plain_text(status, std::move(text)), unread);
}

void HttpSession::send(Response response, const Request& request) {
    auto& message = response.message;
    const auto status = message.result_int();
    if (!response.file.empty()) {
        auto transfer = FileTransfer::open(response.file, response.file_size);
        if (!transfer) return send(plain_text(404, "there is nothing here\n"), request);
        transfer_ = std::move(*transfer);
    }
    auto& counts = site_.counts[wire_.shard().index()];
    counts.answered.add();
    if (status >= 400) counts.refused.add();
    is_closing_ = is_draining_ || !request.keep_alive();
    message.version(request.version());
    message.keep_alive(!is_closing_);
    message.set(http::field::server, "rialto");
    message.set(http::field::date, http_date());
    message.set("X-Content-Type-Options", "nosniff");
    if (status != 204 && status != 304)
        message.content_length(transfer_ ? response.file_size : message.body().size());
    const bool is_head = request.method() == http::verb::head;
    http::response_serializer<http::string_body> serializer(message);
    write_serialized(wire_, serializer, is_head || transfer_);
    if (is_head) transfer_.reset();
    if (transfer_) {
        wire_.pause_reading();
        send_file();
    } else {
        end_request();
    }
}

void HttpSession::send_file() {
    switch (transfer_->send_some(wire_)) {
        case FileTransfer::Progress::more:
            wire_.tell_when_drained();
            wire_.shard().arm(timer_, transfer_timeout);
            return;
        case FileTransfer::Progress::broken:
            is_closing_ = true;
            break;  // shorter than promised: the client sees that
        case FileTransfer::Progress::done:
            break;
    }
    transfer_.reset();
    if (!is_closing_) wire_.resume_reading();
    end_request();
}

void HttpSession::end_request() {
    if (is_closing_) return close();
    wire_.shard().arm(timer_, site_.settings.idle_timeout);
}

void HttpSession::on_timeout() {
    if (parser_) {
        refuse(408, "the request took too long\n");
    } else {
        close();
    }
}

void HttpSession::close() {
    is_closing_ = true;
    timer_.cancel();
    transfer_.reset();
    wire_.close();
}

void HttpSession::on_drained() {
    if (upgraded_) return upgraded_->on_drained();
    if (transfer_) send_file();
}

void HttpSession::on_moved() {
    if (upgraded_) upgraded_->on_moved();
}

void HttpSession::on_drain() {
    if (upgraded_) return upgraded_->on_drain();
    is_draining_ = true;
    if (!parser_ && !transfer_) close();
}

void HttpSession::on_closed(const Error& reason) {
    timer_.cancel();
    transfer_.reset();
    if (upgraded_) upgraded_->on_closed(reason);
}

}  // namespace rialto::web
