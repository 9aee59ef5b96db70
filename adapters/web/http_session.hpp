#pragma once

#include "adapters/web/file_transfer.hpp"
#include "adapters/web/site.hpp"
#include "core/net/wire.hpp"
#include "core/timer_wheel.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <boost/beast/http/parser.hpp>

namespace rialto::web {

/// One client's connection: reads requests, answers them in order, and becomes a WebSocket when one asks for
/// that. Owns no parser while idle. Lives on: the wire's shard. @source RFC 9112
class HttpSession final : public StreamSession {
public:
    /// @param site, wire  outlive it
    HttpSession(const Site& site, Wire& wire);
    ~HttpSession() override;

    std::size_t on_bytes(ByteView bytes) override;
    void on_drained() override;
    void on_moved() override;
    void on_drain() override;
    void on_closed(const Error& reason) override;

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    std::size_t read_request(ByteView bytes);
    void continue_if_asked();
    void handle(const Request& request);
    void upgrade(const Request& request, std::string_view path);
    void accept(const Upgrade& upgrade);
    void share_with_listed_origin(const Request& request, Response& response) const;
    void refuse(unsigned status, std::string text);
    void send(Response response, const Request& request);
    void send_file();
    void end_request();
    void on_timeout();
    void close();

    const Site& site_;
    Wire& wire_;
    std::unique_ptr<Parser> parser_;          ///< of an unfinished request
    std::unique_ptr<FileTransfer> transfer_;  ///< of an unfinished answer
    std::unique_ptr<StreamSession> upgraded_;
    Timer timer_;
    bool is_closing_ = false;
    bool is_draining_ = false;
    bool was_told_to_continue_ = false;
};

}  // namespace rialto::web
