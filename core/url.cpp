#include "core/url.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace rialto {
namespace {

Error not_an_address(const std::string& why) { return fail(Errc::invalid, "not an address: " + why); }

/// Boost says only that it did not match; this says what most often is the reason.
Error why_unparsable(std::string_view text) {
    const auto colon = text.find(':');
    if (text.empty()) return not_an_address("it is empty");
    if (colon == std::string_view::npos) return not_an_address("no scheme such as mqtt:// in front");
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet <= 0x20 || octet >= 0x7f || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos) {
            static constexpr char digits[] = "0123456789ABCDEF";
            const std::string code{'%', digits[octet >> 4U], digits[octet & 15U]};
            return not_an_address(octet <= 0x20 || octet >= 0x7f ? "an octet has to be written as " + code
                                                                 : std::string("'") + c + "' has to be written as " + code);
        }
    }
    return not_an_address("expected SCHEME://USER:PASSWORD@HOST:PORT/PATH");
}

Result<std::optional<std::uint16_t>> port_of(const boost::urls::url_view& url) {
    // Boost takes the letters of "host:port" for a path.
    if (url.has_port() && url.port().empty() && !url.path().empty() && url.path().front() != '/') {
        return not_an_address("'" + url.path() + "' is no port");
    }
    if (!url.has_port() || url.port().empty()) return std::optional<std::uint16_t>{};
    const std::string text = url.port();
    std::uint16_t port = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failed != std::errc{} || end != text.data() + text.size()) {
        return not_an_address("port " + text + " is more than 65535");
    }
    return std::optional<std::uint16_t>{port};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
    if (parsed.has_error()) return why_unparsable(text);
    const boost::urls::url_view view = *parsed;
    const auto port = port_of(view);
    if (port.has_error()) return port.error();
    Url url;
    url.scheme = std::string(view.scheme());
    std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    url.user = view.user();
    if (view.has_password()) url.password = view.password();
    url.host = view.host_address();
    url.port = *port;
    url.path = view.path();
    for (const auto& parameter : view.params()) url.query.emplace_back(parameter.key, parameter.value);
    return url;
}

std::string Url::text() const {
    std::string out = scheme + ":";
    if (!host.empty() || !path.empty() || port) out += "//";
    if (!user.empty() || password) out += user + (password ? ":***" : "") + "@";
    out += host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port) out += ":" + std::to_string(*port);
    out += path;
    for (std::size_t i = 0; i < query.size(); ++i) out += (i == 0 ? "?" : "&") + query[i].first + "=" + query[i].second;
    return out;
}

std::optional<std::string_view> Url::query_value(std::string_view key) const {
    for (const auto& [name, value] : query) {
        if (name == key) return value;
    }
    return std::nullopt;
}

Address Url::address(std::uint16_t default_port) const {
    Address address;
    if (scheme == "unix") {
        address.unix_path = path;
    } else {
        address.host = host.empty() ? "localhost" : host;
        address.port = port.value_or(default_port);
    }
    return address;
}

}  // namespace rialto
