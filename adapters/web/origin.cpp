#include "adapters/web/origin.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace rialto::web {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

std::uint16_t default_port(std::string_view scheme) {
    if (scheme == "http" || scheme == "ws") return 80;
    return scheme == "https" || scheme == "wss" ? 443 : 0;
}

bool is_host_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_' || c == '*' || c == ':';
    });
}

bool is_loopback_name(std::string_view host) {
    if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
    return host.starts_with("127.") &&
           std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

Result<HostPort> HostPort::parse(std::string_view text) {
    const auto invalid = [&] { return fail(Errc::invalid, "'" + std::string(text) + "' is no host[:port]"); };
    HostPort result;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return invalid();
        result.host = lower(text.substr(1, end - 1));
        rest = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        result.host = lower(text.substr(0, colon));
        if (colon != std::string_view::npos) rest = text.substr(colon);
    }
    if (!is_host_name(result.host)) return invalid();
    if (result.host.ends_with('.') && result.host.size() > 1) result.host.pop_back();
    if (rest.empty()) return result;
    const auto port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) return invalid();
    result.port = *port;
    return result;
}

Result<Origin> Origin::parse(std::string_view text) {
    const auto separator = text.find("://");
    if (separator == std::string_view::npos || separator == 0) {
        return fail(Errc::invalid, "'" + std::string(text) + "' is no origin such as https://app.example");
    }
    auto where = HostPort::parse(text.substr(separator + 3));
    if (!where)
        return fail(Errc::invalid, "'" + std::string(text) + "' is no origin such as https://app.example");
    Origin origin{lower(text.substr(0, separator)), std::move(where->host), where->port};
    if (origin.port == 0) origin.port = default_port(origin.scheme);
    return origin;
}

Result<OriginRules> OriginRules::make(const Settings& settings) {
    OriginRules rules;
    rules.is_tls_ = settings.is_tls;
    rules.checks_host_ = settings.checks_host;
    for (const auto& text : settings.allowed_origins) {
        if (text == "*") {
            rules.allows_all_ = true;
            continue;
        }
        auto origin = Origin::parse(text);
        if (!origin) return in_context("allowed_origins", origin.error());
        const bool any_subdomain = origin->host.starts_with("*.");
        if (any_subdomain) origin->host.erase(0, 2);
        if (origin->host.find('*') != std::string::npos) {
            return fail(Errc::invalid,
                        "allowed_origins: '" + text + "': a '*' stands alone or for the first label");
        }
        rules.hosts_.push_back(any_subdomain ? "*." + origin->host : origin->host);
        rules.allowed_.push_back({std::move(*origin), any_subdomain});
    }
    for (const auto& host : settings.allowed_hosts) rules.hosts_.push_back(lower(host));
    return rules;
}

bool OriginRules::allows_host(std::string_view text) const {
    if (!checks_host_) return true;
    const auto where = HostPort::parse(text);
    if (!where) return false;
    if (is_loopback_name(where->host)) return true;
    return std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& allowed) {
        return allowed.starts_with("*.") ? where->host.ends_with(std::string_view(allowed).substr(1))
                                         : where->host == allowed;
    });
}

bool OriginRules::is_listed(std::string_view text) const {
    if (allows_all_) return true;
    const auto origin = Origin::parse(text);
    if (!origin) return false;
    return std::any_of(allowed_.begin(), allowed_.end(), [&](const Allowed& allowed) {
        if (allowed.origin.scheme != origin->scheme || allowed.origin.port != origin->port) return false;
        return allowed.any_subdomain ? origin->host.ends_with("." + allowed.origin.host)
                                     : origin->host == allowed.origin.host;
    });
}

bool OriginRules::allows_origin(std::string_view text, std::string_view host) const {
    if (is_listed(text)) return true;
    const auto origin = Origin::parse(text);
    const auto own = HostPort::parse(host);
    if (!origin || !own) return false;
    const std::string_view scheme = is_tls_ ? "https" : "http";
    const std::uint16_t port = own->port != 0 ? own->port : default_port(scheme);
    return origin->scheme == scheme && origin->host == own->host && origin->port == port;
}

}  // namespace rialto::web
