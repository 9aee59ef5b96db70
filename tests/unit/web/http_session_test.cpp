#include "adapters/web/http_session.hpp"

#include "adapters/web/assets.hpp"
#include "adapters/web/echo_session.hpp"
#include "tests/unit/web/fakes.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

namespace rialto::web::test {
namespace {

/// A folder that is gone with its owner.
struct Folder {
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "rialto-web-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path / name).parent_path());
        std::ofstream(path / name) << text;
    }
    std::filesystem::path path;
};

/// A listener's site without a listener, and one connection to it.
struct Browser {
    explicit Browser(Settings with = {}) : settings(std::move(with)) { connect(); }
    ~Browser() {
        session->on_closed({Errc::closed, "gone"});
        gateway.stop();
    }

    void connect() {
        if (session) session->on_closed({Errc::closed, "gone"});
        session = std::make_unique<HttpSession>(site, *(wire = std::make_unique<FakeWire>(gateway.shard(0))));
        wire->session = session.get();
    }
    /// Sends bytes as they are. @return what came back
    std::string send(const std::string& bytes) {
        unread = wire->feed(unread + bytes);
        gateway.shard(0).run_ready();
        return wire->take();
    }
    std::string get(const std::string& path, const std::string& headers = "",
                    const std::string& method = "GET") {
        return send(method + " " + path + " HTTP/1.1\r\nHost: localhost:8080\r\n" + headers + "\r\n");
    }
    std::string upgrade(const std::string& path, const std::string& headers = "") {
        return get(path,
                   "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                       headers);
    }

    HttpResources::Sources sources() {
        HttpResources::Sources made;
        made.metrics = [] { return std::string("rialto_up 1\n"); };
        made.readiness = [this] { return backends; };
        if (!settings.static_dir.empty()) made.files = StaticFiles::open(settings.static_dir).value();
        return made;
    }
    OriginRules rules() const {
        return OriginRules::make({settings.allowed_origins, settings.allowed_hosts, false, true}).value();
    }

    Settings settings;
    std::vector<Readiness::State> backends;
    Gateway gateway{Gateway::Settings{.name = "test"}};
    Counter answered, refused, upgraded;
    std::unique_ptr<FakeWire> wire;
    Site site{settings,
              rules(),
              HttpResources(sources()),
              {{{{"rialto.echo"}, "/echo", true, true},
                [](WebSocketLink& link) { return std::make_unique<EchoSession>(link); }}},
              {{answered, refused, upgraded}}};
    std::unique_ptr<HttpSession> session;
    std::string unread;
};

std::string status_of(const std::string& answer) {
    return answer.size() < 12 ? "" : answer.substr(9, 3);
}
std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}
bool has(const std::string& answer, const char* text) {
    return answer.find(text) != std::string::npos;
}
std::string header_of(const std::string& answer, const std::string& name) {
    const auto at = answer.find(name + ": ");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 2;
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
}

TEST_CASE("a gateway is not ready while one of its backends is down") {
    Browser browser;
    browser.backends = {{"cache", true}, {"plant", false}};
    const auto answer = browser.get("/readyz");
    CHECK(status_of(answer) == "503");
    CHECK(body_of(answer) == "not ready\nbackend cache up\nbackend plant down\n");
    browser.backends[1].is_up = true;
    CHECK(status_of(browser.get("/readyz")) == "200");
}

TEST_CASE("health, metrics, the client and its types are there") {
    Browser browser;
    CHECK(body_of(browser.get("/healthz")) == "ok\n");
    CHECK(body_of(browser.get("/metrics")) == "rialto_up 1\n");
    CHECK(body_of(browser.get("/readyz")) == "ready\n");
    const auto script = browser.get("/rialto.js");
    CHECK(header_of(script, "Content-Type") == "text/javascript; charset=utf-8");
    CHECK(has(script, "export default"));
    CHECK(has(browser.get("/rialto.d.ts"), "export default function rialto"));
}

TEST_CASE("without a folder the demo page is at the root, and nothing else is anywhere") {
    Browser browser;
    CHECK(has(browser.get("/"), "<title>Rialto</title>"));
    CHECK(has(browser.get("/"), "frame-ancestors 'none'"));
    CHECK(status_of(browser.get("/nothing")) == "404");
}

TEST_CASE("who has the current version already is told so without a body") {
    Browser browser;
    const std::string etag = header_of(browser.get("/rialto.js"), "ETag");
    const auto again = browser.get("/rialto.js", "If-None-Match: \"other\", W/" + etag + "\r\n");
    CHECK(status_of(again) == "304");
    CHECK(body_of(again).empty());
    CHECK(header_of(again, "ETag") == etag);
    CHECK(status_of(browser.get("/rialto.js", "If-None-Match: \"other\"\r\n")) == "200");
}

TEST_CASE("HEAD is answered as GET without the body") {
    Browser browser;
    const auto whole = browser.get("/rialto.js");
    const auto head = browser.get("/rialto.js", "", "HEAD");
    CHECK(header_of(head, "Content-Length") == std::to_string(body_of(whole).size()));
    CHECK(body_of(head).empty());
}

TEST_CASE("requests on one connection are answered in order, also when they come at once or byte by byte") {
    Browser browser;
    const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const auto both = browser.send(request + request);
    CHECK(both.find("200 OK", both.find("200 OK") + 1) != std::string::npos);
    std::string slowly;
    for (const char byte : request) slowly += browser.send(std::string(1, byte));
    CHECK(body_of(slowly) == "ok\n");
    CHECK_FALSE(browser.wire->is_closed);
}

TEST_CASE("a client that wants to close is closed, and HTTP/1.0 does unless it says otherwise") {
    Browser browser;
    CHECK(header_of(browser.get("/healthz", "Connection: close\r\n"), "Connection") == "close");
    CHECK(browser.wire->is_closed);
    browser.connect();
    browser.send("GET /healthz HTTP/1.0\r\n\r\n");
    CHECK(browser.wire->is_closed);
}

TEST_CASE("other methods are 405 with those that are allowed, unknown ones 501") {
    Browser browser;
    const auto refused = browser.send("DELETE / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(status_of(refused) == "405");
    CHECK(header_of(refused, "Allow") == "GET, HEAD, OPTIONS");
    CHECK(status_of(browser.get("/", "", "BREW")) == "501");
    CHECK(status_of(browser.get("/", "", "OPTIONS")) == "204");
}

TEST_CASE("what is no HTTP is 400, and the connection ends") {
    for (const char* const garbage :
         {"NONSENSE\r\n\r\n", "GET / HTTP/1.1\r\nHost localhost\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET ../x HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"}) {
        Browser browser;
        CHECK_MESSAGE(status_of(browser.send(garbage)) == "400", garbage);
    }
}

TEST_CASE("a header that is too large is 431, a body that is too large 413, before they were read") {
    Browser browser;
    CHECK(status_of(browser.get("/", "X: " + std::string(20'000, 'x') + "\r\n")) == "431");
    CHECK(browser.wire->is_closed);
    Browser other;
    CHECK(status_of(other.send(
              "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n")) == "413");
    CHECK(other.wire->is_closed);
}

TEST_CASE("a name that only points to loopback is refused") {
    Browser browser;
    CHECK(status_of(browser.send("GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n")) == "421");
}

TEST_CASE("a foreign origin is refused before the upgrade, our own and none are welcome") {
    Browser browser({.allowed_origins = {"https://app.example"}});
    CHECK(status_of(browser.upgrade("/echo", "Origin: https://elsewhere.example\r\n")) == "403");
    CHECK(status_of(browser.upgrade("/echo", "Origin: null\r\n")) == "403");
    CHECK(status_of(browser.upgrade("/echo", "Origin: http://localhost:8080\r\n")) == "101");
    browser.connect();
    CHECK(status_of(browser.upgrade("/echo", "Origin: https://app.example\r\n")) == "101");
    browser.connect();
    CHECK(status_of(browser.upgrade("/echo")) == "101");
}

TEST_CASE("pages of an allowed origin may read answers, others may not") {
    Browser browser({.allowed_origins = {"https://app.example"}});
    CHECK(header_of(browser.get("/rialto.js", "Origin: https://app.example\r\n"),
                    "Access-Control-Allow-Origin") == "https://app.example");
    const auto foreign = browser.get("/rialto.js", "Origin: https://elsewhere.example\r\n");
    CHECK(header_of(foreign, "Access-Control-Allow-Origin").empty());
    CHECK(header_of(foreign, "Vary") == "Origin");
}

TEST_CASE("an upgrade is made where a WebSocket is spoken, and frames right behind it are understood") {
    Browser browser;
    CHECK(status_of(browser.upgrade("/healthz")) == "404");
    browser.wire->writes = 0;
    const auto answer = browser.send(
        "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: rialto.echo\r\n\r\n" +
        frame(0x81, "hi"));
    CHECK(status_of(answer) == "101");
    CHECK(header_of(answer, "Sec-WebSocket-Protocol") == "rialto.echo");
    CHECK(body_of(answer) == "\x81\x02hi");
    CHECK(browser.wire->writes == 1);
}

TEST_CASE("a body that is announced with 100-continue is asked for") {
    Browser browser;
    CHECK(browser.send(
              "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n") ==
          "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(status_of(browser.send("abc")) == "405");
}

TEST_CASE("when the gateway stops, idle connections are closed and busy ones after their answer") {
    Browser idle;
    idle.session->on_drain();
    CHECK(idle.wire->is_closed);
    Browser busy;
    busy.send("GET /healthz HTTP/1.1\r\n");
    busy.session->on_drain();
    CHECK_FALSE(busy.wire->is_closed);
    CHECK(body_of(busy.send("Host: localhost\r\n\r\n")) == "ok\n");
    CHECK(busy.wire->is_closed);
}

TEST_CASE("a folder's files are served with type, size and ETag, and index.html for folders") {
    Folder folder;
    folder.write("index.html", "<p>home");
    folder.write("a b/page.css", "p{}");
    folder.write("a b/index.html", "<p>below");
    Browser browser({.static_dir = folder.path.string()});
    CHECK(body_of(browser.get("/")) == "<p>home");
    const auto css = browser.get("/a%20b/page.css?version=2");
    CHECK(body_of(css) == "p{}");
    CHECK(header_of(css, "Content-Type") == "text/css; charset=utf-8");
    CHECK(status_of(browser.get("/a%20b/page.css", "If-None-Match: " + header_of(css, "ETag") + "\r\n")) ==
          "304");
    CHECK(header_of(browser.get("/a%20b"), "Location") == "/a%20b/");
    CHECK(body_of(browser.get("/a%20b/")) == "<p>below");
    CHECK(has(browser.get("/rialto.js"), "export default"));
}

TEST_CASE("nothing outside the folder is served, by no path and no link") {
    Folder outside;
    outside.write("secret.txt", "secret");
    Folder folder;
    folder.write("index.html", "home");
    folder.write(".env", "PASSWORD=x");
    folder.write(".well-known/info.txt", "info");
    std::filesystem::create_symlink(outside.path / "secret.txt", folder.path / "link.txt");
    std::filesystem::create_directory_symlink(outside.path, folder.path / "door");
    Browser browser({.static_dir = folder.path.string()});
    const std::string name = outside.path.filename().string();
    for (const auto& path : {"/../" + name + "/secret.txt", "/%2e%2e/" + name + "/secret.txt",
                             "/..%2f" + name + "/secret.txt", "/x/../../" + name + "/secret.txt",
                             std::string("/link.txt"), std::string("/door/secret.txt"), std::string("/.env"),
                             std::string("//etc/passwd"), std::string("/index.html/"), std::string("/%00")}) {
        const auto answer = browser.get(path);
        CHECK_MESSAGE((status_of(answer) == "404" || status_of(answer) == "400"), path);
        CHECK_FALSE(has(answer, "secret\""));
    }
    CHECK(body_of(browser.get("/.well-known/info.txt")) == "info");
}

TEST_CASE("a large file leaves little by little, as the client takes it, and the next request waits") {
    Folder folder;
    const std::string large(3'000'000, 'x');
    folder.write("large.bin", large);
    Browser browser({.static_dir = folder.path.string()});
    browser.wire->is_slow = true;
    browser.get("/large.bin");
    browser.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(browser.wire->backlog() < 500'000);
    CHECK(browser.wire->is_paused);
    browser.wire->drain();
    browser.gateway.shard(0).run_ready();
    const bool is_whole = body_of(browser.wire->take()) == large;
    CHECK(is_whole);
    CHECK(body_of(browser.send("")) == "ok\n");
}

}  // namespace
}  // namespace rialto::web::test
