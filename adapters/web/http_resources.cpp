#include "adapters/web/http_resources.hpp"

#include "adapters/web/assets.hpp"
#include "adapters/web/content_type.hpp"

#include <algorithm>

#include <boost/beast/http/rfc7230.hpp>

namespace rialto::web {
namespace http = boost::beast::http;

namespace {

constexpr std::string_view read_methods = "GET, HEAD, OPTIONS";

Response empty(unsigned status) {
    Response response;
    response.message.result(status);
    return response;
}

Response not_found() {
    return plain_text(404, "there is nothing here\n");
}

/// Weak comparison, as If-None-Match wants it. @source RFC 9110 sections 8.8.3.2 and 13.1.2
bool is_known_to_client(const Request& request, std::string_view etag) {
    std::string_view list = request[http::field::if_none_match];
    while (!list.empty()) {
        const auto comma = list.find(',');
        auto each = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        while (each.starts_with(' ')) each.remove_prefix(1);
        while (each.ends_with(' ')) each.remove_suffix(1);
        if (each == "*") return true;
        if (each.starts_with("W/")) each.remove_prefix(2);
        if (each == etag) return true;
    }
    return false;
}

/// Head of something that has an ETag; 304 where the client has it already.
Response cacheable(const Request& request, std::string_view etag, std::string_view content_type) {
    Response response = empty(is_known_to_client(request, etag) ? 304 : 200);
    response.message.set(http::field::etag, etag);
    response.message.set(http::field::cache_control,
                         "no-cache");  // keep it, and ask each time whether it changed
    if (response.message.result() != http::status::not_modified) {
        response.message.set(http::field::content_type, content_type);
    }
    return response;
}

const Asset* find_asset(std::string_view path) {
    const auto all = assets();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Asset& asset) { return asset.path == path; });
    return found == all.end() ? nullptr : &*found;
}

Response answer_asset(const Request& request, const Asset& asset, std::string_view content_type) {
    Response response = cacheable(request, asset.etag, content_type);
    if (response.message.result() != http::status::not_modified) response.message.body() = asset.bytes;
    return response;
}

Response answer_demo(const Request& request) {
    const Asset* const page = find_asset("/index.html");
    Response response = answer_asset(request, *page, content_type_of(page->path));
    // The page needs nothing but itself and its socket; it may not be put into a frame of another site.
    response.message.set("Content-Security-Policy",
                         "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; "
                         "img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    return response;
}

Response answer_file(const Request& request, const StaticFiles& files, std::string_view path) {
    auto found = files.find(path);
    switch (found.kind) {
        case StaticFiles::Found::Kind::nothing:
            return not_found();
        case StaticFiles::Found::Kind::folder_without_slash: {
            Response response = plain_text(301, "the folder has a slash at its end\n");
            const std::string_view target = request.target();
            std::string_view plain = target.substr(0, target.find('?'));
            while (plain.starts_with("//")) plain.remove_prefix(1);  // "//host/" would lead to another host
            response.message.set(http::field::location, std::string(plain) + "/");
            return response;
        }
        case StaticFiles::Found::Kind::file:
            break;
    }
    Response response = cacheable(request, found.etag, content_type_of(found.file));
    if (response.message.result() != http::status::not_modified) {
        response.file = std::move(found.file);
        response.file_size = found.size;
    }
    return response;
}

Response answer_metrics(std::string text) {
    Response response = empty(200);
    response.message.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    response.message.set(http::field::cache_control, "no-store");
    response.message.body() = std::move(text);
    return response;
}

/// 503 while any backend is down, with a line for each of them.
Response answer_readiness(const std::vector<Readiness::State>& backends) {
    const bool ready = std::all_of(backends.begin(), backends.end(), [](const auto& backend) { return backend.is_up; });
    std::string text = ready ? "ready\n" : "not ready\n";
    for (const auto& backend : backends) text += "backend " + backend.name + (backend.is_up ? " up\n" : " down\n");
    Response response = plain_text(ready ? 200 : 503, std::move(text));
    response.message.set(http::field::cache_control, "no-store");
    return response;
}

}  // namespace

Response plain_text(unsigned status, std::string text) {
    Response response = empty(status);
    response.message.set(http::field::content_type, "text/plain; charset=utf-8");
    response.message.body() = std::move(text);
    return response;
}

Response HttpResources::answer(const Request& request, std::string_view path) const {
    switch (request.method()) {
        case http::verb::get:
        case http::verb::head:
            return find(request, path);
        case http::verb::options: {
            Response response = empty(204);
            response.message.set(http::field::allow, read_methods);
            return response;
        }
        default:
            break;
    }
    if (request.method() == http::verb::unknown) return plain_text(501, "this method is not known\n");
    Response response = plain_text(405, "only " + std::string(read_methods) + " can be asked here\n");
    response.message.set(http::field::allow, read_methods);
    return response;
}

Response HttpResources::answer_history(const Request& request) const {
    const std::string_view target = request.target();
    const auto question = target.find('?');
    Response response = sources_.history(question == std::string_view::npos ? std::string_view() : target.substr(question + 1));
    response.message.set(http::field::cache_control, "no-store");
    return response;
}

Response HttpResources::find(const Request& request, std::string_view path) const {
    if (path == "/healthz") return plain_text(200, "ok\n");
    if (path == "/readyz") return answer_readiness(sources_.readiness());
    if (path == "/history") return answer_history(request);
    if (path == "/metrics") return answer_metrics(sources_.metrics());
    if (path == "/rialto.js" || path == "/rialto.d.ts") {
        return answer_asset(request, *find_asset(path), content_type_of(path));
    }
    if (sources_.files) return answer_file(request, *sources_.files, path);
    if (path == "/" || path == "/index.html") return answer_demo(request);
    if (path == "/ws" || path == "/mqtt" || path == "/stomp") {
        Response response = plain_text(426, "this path is spoken to by WebSocket\n");
        response.message.set(http::field::upgrade, "websocket");
        return response;
    }
    return not_found();
}

}  // namespace rialto::web
