#pragma once

#include "adapters/web/handshake.hpp"
#include "adapters/web/static_files.hpp"
#include "core/readiness.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace rialto::web {

/// What is answered to a request: the head, and the body from memory or from a file. Whoever writes it leaves
/// the body out where the request was a HEAD.
struct Response {
    boost::beast::http::response<boost::beast::http::string_body> message;
    std::string file;  ///< path of the file to send; empty: message.body()
    std::uint64_t file_size = 0;
};

/// An answer with a text for people.
Response plain_text(unsigned status, std::string text);

/// Everything that is answered without becoming a WebSocket. Immutable. @thread any; touches the disk
class HttpResources {
public:
    struct Sources {
        std::optional<StaticFiles> files;      ///< instead of the demo page
        std::function<std::string()> metrics;  ///< Prometheus text
        std::function<std::vector<Readiness::State>()> readiness;
        std::function<Response(std::string_view query)> history;
    };

    explicit HttpResources(Sources sources) : sources_(std::move(sources)) {}

    /// @param path  the decoded path of the request's target
    Response answer(const Request& request, std::string_view path) const;

private:
    Response answer_history(const Request& request) const;
    Response find(const Request& request, std::string_view path) const;

    Sources sources_;
};

}  // namespace rialto::web
