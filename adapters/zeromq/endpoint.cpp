#include "adapters/zeromq/endpoint.hpp"

#include <charconv>

namespace rialto::zeromq {
namespace {

/// What a unix socket's address has room for. @source unix(7): sun_path is 108 bytes, its end included
constexpr std::size_t max_ipc_path = 107;

Error no_endpoint(std::string_view text, const std::string& why) {
    return fail(Errc::invalid, "'" + std::string(text) + "' is no endpoint: " + why);
}

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    return failed == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

Result<void> check_tcp(std::string_view text, std::string_view place, bool binds) {
    const auto colon = place.rfind(':');
    const std::string_view host = place.substr(0, colon);
    if (colon == std::string_view::npos || host.empty() || host.find_first_of(" /;@") != std::string_view::npos) {
        return no_endpoint(text, "expected tcp://HOST:PORT");
    }
    if (!is_port(place.substr(colon + 1))) return no_endpoint(text, "its port is not a number from 1 to 65535");
    const bool is_bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
    if (!is_bracketed && host.find(':') != std::string_view::npos) {
        return no_endpoint(text, "an IPv6 address stands in brackets: tcp://[::1]:6543");
    }
    if (host == "*" && !binds) return no_endpoint(text, "'*' is every address of this machine, which is for binding");
    return {};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text, Unmarked unmarked) {
    Endpoint endpoint{{}, unmarked == Unmarked::binds};
    std::string_view address = text;
    if (address.starts_with('>') || address.starts_with('@')) {
        endpoint.binds = address.front() == '@';
        address.remove_prefix(1);
    }
    endpoint.address = address;
    if (address.find('\0') != std::string_view::npos) return no_endpoint(text, "it has a NUL in it");
    if (address.starts_with("tcp://")) {
        const auto sound = check_tcp(text, address.substr(6), endpoint.binds);
        if (sound.has_error()) return sound.error();
        return endpoint;
    }
    if (address.starts_with("ipc://")) {
        const std::size_t size = address.size() - 6;
        if (size == 0 || address == "ipc://*") return no_endpoint(text, "expected ipc://PATH");
        if (size > max_ipc_path) return no_endpoint(text, "its path is longer than " + std::to_string(max_ipc_path) + " bytes");
        return endpoint;
    }
    return no_endpoint(text, "it begins with tcp:// or ipc://, behind a > that connects or an @ that binds");
}

}  // namespace rialto::zeromq
