#include "bridge/endpoint_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "bridge/config_schema.hpp"
#include "bridge/suggestion.hpp"

namespace rialto::bridge {
namespace {

/// Schemes of the language whose listeners this version has not.
constexpr std::array<std::string_view, 1> promised_listener_schemes{"zmq"};

bool contains(const auto& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// Changes when one of the files that are named there does.
std::string versions_of_files(const OptionValues& options) {
    std::string versions;
    for (const OptionSpec& spec : options.schema().specs()) {
        if (spec.type == OptionType::table) {
            if (const OptionValues* const table = options.table(spec.name)) versions += versions_of_files(*table);
        } else if (spec.type == OptionType::file && options.is_set(spec.name)) {
            struct stat file {};
            if (::stat(options.text(spec.name).c_str(), &file) != 0) continue;
            for (const auto part : {static_cast<long long>(file.st_ino), static_cast<long long>(file.st_size),
                                    static_cast<long long>(file.st_mtim.tv_sec), static_cast<long long>(file.st_mtim.tv_nsec)}) {
                versions += std::to_string(part) + " ";
            }
        }
    }
    return versions;
}

/// Reads one table. One object per listener or backend.
class EndpointReader {
public:
    EndpointReader(EndpointKind kind, std::string name, const toml::table& table, const Gateway& catalog,
                   ReadingContext& context)
        : kind_(kind), name_(std::move(name)), table_(table), catalog_(catalog), context_(context) {}

    std::optional<EndpointConfig> read() {
        const std::size_t errors_before = context_.diagnostics.count();
        const toml::node* const node = table_.get("url");
        if (!node && !context_.is_complete) return std::nullopt;
        if (!node) return complain(context_.place_of(table_), "missing key 'url' in " + where());
        url_place_ = context_.place_of(*node);
        if (!node->is_string()) {
            return complain(url_place_, "'url' must be a string, not " + std::string(toml_type_name(*node)));
        }
        const auto text = read_text(*node, context_);
        if (!text) return std::nullopt;
        Result<Url> url = Url::parse(*text);
        if (url.has_error()) return complain(url_place_, "'url': " + url.error().message);
        const auto scheme = find_scheme(*url, protocol_of(*url));
        if (!scheme) return std::nullopt;
        auto schema = std::make_shared<const Schema>(is_listener() ? listener_schema(*adapter_) : backend_schema(*adapter_));
        OptionValues options = read_options(table_, *schema, where(), context_);
        if (!url->port && scheme->default_port != 0) url->port = scheme->default_port;
        const bool is_unix = url->scheme == "unix";
        if (!is_unix && options.is_set("protocol") && is_listener()) {
            return complain(options.place_of("protocol"), "'protocol' is for unix:///path; here the url's scheme says it");
        }
        check_tls(*url, *scheme, options);
        if (context_.diagnostics.count() != errors_before) return std::nullopt;
        std::string files = versions_of_files(options);
        return EndpointConfig{name_,           std::move(*url),    adapter_, scheme->is_tls, std::move(schema),
                              std::move(options), context_.place_of(table_), std::move(files)};
    }

private:
    bool is_listener() const { return kind_ == EndpointKind::listener; }
    std::string where() const { return (is_listener() ? "[listeners." : "[backends.") + name_ + "]"; }

    std::nullopt_t complain(SourceRange place, std::string message, std::string hint = {}) {
        context_.diagnostics.error(place, std::move(message), std::move(hint));
        return std::nullopt;
    }

    /// What is spoken: the scheme, or for a unix socket what `protocol` says.
    std::string protocol_of(const Url& url) const {
        if (url.scheme != "unix" || !is_listener()) return url.scheme;
        return table_["protocol"].value_or(std::string("mqtt"));
    }

    std::vector<Adapter::Scheme> schemes_of(const Adapter& adapter) const {
        return is_listener() ? adapter.listener_schemes() : adapter.backend_schemes();
    }

    std::optional<Adapter::Scheme> find_scheme(const Url& url, const std::string& protocol) {
        std::vector<std::string> known;
        for (const auto& adapter : catalog_.adapters()) {
            for (const Adapter::Scheme& scheme : schemes_of(*adapter)) {
                known.emplace_back(scheme.name);
                if (scheme.name != protocol) continue;
                adapter_ = adapter.get();
                return url.scheme == "unix" ? Adapter::Scheme{scheme.name, 0} : scheme;
            }
        }
        const std::string kind = is_listener() ? "listener" : "backend";
        if (is_listener() && contains(promised_listener_schemes, protocol)) {
            return complain(url_place_, "a " + kind + " with '" + protocol + "' is not supported by this version");
        }
        std::string hint = did_you_mean(protocol, known);
        if (hint.empty()) {
            std::sort(known.begin(), known.end());
            for (const std::string& scheme : known) hint += (hint.empty() ? "known are " : ", ") + scheme;
        }
        return complain(url_place_, "unknown scheme '" + protocol + "' of a " + kind, hint);
    }

    void check_tls(const Url& url, const Adapter::Scheme& scheme, const OptionValues& options) {
        if (!options.schema().find("tls")) return;
        const OptionValues* const tls = options.table("tls");
        if (scheme.is_tls && is_listener() && !table_.contains("tls")) {
            complain(url_place_, "a listener with '" + url.scheme + "' needs tls = { cert = \"…\", key = \"…\" }");
        }
        if (!scheme.is_tls && tls && url.scheme != "unix") {
            complain(options.place_of("tls"), "'tls' is given, but '" + url.scheme + "' has no TLS",
                     did_you_mean(std::string(url.scheme) + "s", tls_schemes()));
        }
        if (tls && is_listener() && tls->boolean("verify_client") && !tls->is_set("ca")) {
            complain(tls->place_of("verify_client"), "'verify_client' needs 'ca', the signer of the clients' certificates");
        }
    }

    std::vector<std::string> tls_schemes() const {
        std::vector<std::string> names;
        for (const Adapter::Scheme& scheme : schemes_of(*adapter_)) {
            if (scheme.is_tls) names.emplace_back(scheme.name);
        }
        return names;
    }

    EndpointKind kind_;
    std::string name_;
    const toml::table& table_;
    const Gateway& catalog_;
    ReadingContext& context_;
    SourceRange url_place_;
    Adapter* adapter_ = nullptr;
};

bool name_holds(EndpointKind kind, const toml::key& key, ReadingContext& context) {
    const std::string name(key.str());
    if (kind == EndpointKind::backend && name == bus_place) {
        context.diagnostics.error(context.place_of(key), "a backend can't be called 'bus', which is the gateway's own");
        return false;
    }
    if (!is_sound_name(name)) {
        context.diagnostics.error(context.place_of(key), "the name '" + name + "' may only have letters, digits, '-', '_' and '.'");
        return false;
    }
    return true;
}

}  // namespace

bool is_sound_name(std::string_view name) noexcept {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

std::vector<EndpointConfig> read_endpoints(EndpointKind kind, const toml::table* tables, const Gateway& catalog,
                                           ReadingContext& context) {
    std::vector<EndpointConfig> endpoints;
    if (!tables) return endpoints;
    for (auto&& [key, node] : *tables) {
        if (!name_holds(kind, key, context)) continue;
        const toml::table* const table = node.as_table();
        if (!table) {
            context.diagnostics.error(context.place_of(node), "'" + std::string(key.str()) + "' must be a table, not " +
                                                                 std::string(toml_type_name(node)));
            continue;
        }
        EndpointReader reader(kind, std::string(key.str()), *table, catalog, context);
        if (auto endpoint = reader.read()) endpoints.push_back(std::move(*endpoint));
    }
    return endpoints;
}

}  // namespace rialto::bridge
