#include "bridge/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "bridge/config_checks.hpp"
#include "bridge/config_schema.hpp"
#include "bridge/endpoint_reader.hpp"
#include "bridge/history_reader.hpp"
#include "bridge/route_reader.hpp"
#include "bridge/suggestion.hpp"

namespace rialto::bridge {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "rialto";
    return name.data();
}

/// Goes through the file's tables. One object per configuration.
class ConfigReader {
public:
    ConfigReader(const TomlDocument& document, const Gateway& catalog, ReadingContext& context)
        : document_(document), catalog_(catalog), context_(context) {}

    Config read() {
        check_top_level();
        read_gateway(options_of("gateway", gateway_schema()));
        read_log(options_of("log", log_schema()));
        const OptionValues auth = options_of("auth", auth_schema());
        config_.allow_anonymous = auth.boolean("allow_anonymous");
        config_.listeners = read_endpoints(EndpointKind::listener, table_of("listeners"), catalog_, context_);
        config_.backends = read_endpoints(EndpointKind::backend, table_of("backends"), catalog_, context_);
        std::vector<std::string> places{std::string(bus_place)};
        if (const toml::table* const backends = table_of("backends")) {
            for (auto&& [key, node] : *backends) places.emplace_back(key.str());
        }
        config_.routes = read_routes(document_.root.get("routes"), places, context_);
        config_.history = read_history(document_.root.get("history"), context_);
        const bool is_open = auth.is_set("allow_anonymous") && config_.allow_anonymous;
        check_listeners(config_, is_open, context_);
        check_spools(config_, context_);
        check_deliveries(config_, context_);
        return std::move(config_);
    }

private:
    void check_top_level() {
        std::vector<std::string> known;
        for (const OptionSpec& spec : file_schema().specs()) known.push_back(spec.name);
        for (auto&& [key, node] : document_.root) {
            const std::string name(key.str());
            if (name.starts_with(left_out_table)) continue;
            const OptionSpec* const spec = file_schema().find(name);
            if (!spec) {
                context_.diagnostics.error(place_of_top(key, node), "unknown key '" + name + "'", did_you_mean(name, known));
            } else if (spec->is_promised) {
                context_.diagnostics.error(place_of_top(key, node), "'" + name + "' is not supported by this version");
            } else if (name != "routes" && name != "history" && !node.is_table()) {
                context_.diagnostics.error(context_.place_of(node), "'" + name + "' must be a table, not " +
                                                                       std::string(toml_type_name(node)));
            }
        }
    }

    /// Of a header, the word rather than its bracket.
    SourceRange place_of_top(const toml::key& key, const toml::node& node) const {
        const SourceRange place = context_.place_of(key);
        return place.is_known() ? place : context_.place_of(node);
    }

    const toml::table* table_of(std::string_view name) const {
        const toml::node* const node = document_.root.get(name);
        return node ? node->as_table() : nullptr;
    }

    OptionValues options_of(std::string_view name, const Schema& schema) {
        const toml::table* const table = table_of(name);
        return table ? read_options(*table, schema, "[" + std::string(name) + "]", context_) : OptionValues(schema);
    }

    void read_gateway(const OptionValues& options) {
        config_.name = options.is_set("name") ? options.text("name") : host_name();
        const bool is_sound = !config_.name.empty() && config_.name.find_first_of("/+#") == std::string::npos;
        if (!is_sound) context_.diagnostics.error(options.place_of("name"), "'name' must not be empty or have '/', '+' or '#' in it");
        config_.workers = static_cast<std::size_t>(options.integer("workers"));
        config_.drain = options.duration("drain");
        config_.data_dir = options.text("data_dir");
        if (options.is_set("store")) read_store(options);
    }

    void read_store(const OptionValues& options) {
        const auto complain = [&](std::string why) { context_.diagnostics.error(options.place_of("store"), std::move(why)); };
        if (!config_.data_dir.empty()) return complain("what survives is kept in 'data_dir' or in 'store', not in both");
        auto url = Url::parse(options.text("store"));
        if (url.has_error()) return complain("'store': " + url.error().message);
        if (url->scheme != "redis" || url->host.empty()) return complain("'store' is a Redis server: \"redis://localhost:6379/0\"");
        config_.store = *std::move(url);
    }

    void read_log(const OptionValues& options) {
        config_.log_level = log::level_from(options.text("level")).value_or(log::Level::info);
        config_.log_format = options.text("format") == "json" ? log::Format::json : log::Format::text;
    }

    const TomlDocument& document_;
    const Gateway& catalog_;
    ReadingContext& context_;
    Config config_;
};

}  // namespace

bool EndpointConfig::is_same_as(const EndpointConfig& other) const noexcept {
    return name == other.name && url.text() == other.url.text() && url.password == other.url.password &&
           options == other.options && files == other.files;
}

bool RouteConfig::is_same_as(const RouteConfig& other) const noexcept {
    const auto same_source = [](const RouteSource& a, const RouteSource& b) {
        return a.place == b.place && a.pattern.text() == b.pattern.text();
    };
    const auto same_target = [](const RouteTarget& a, const RouteTarget& b) {
        return a.place == b.place && a.topic.text() == b.topic.text() && a.is_required == b.is_required;
    };
    return name == other.name && delivery == other.delivery && retain == other.retain &&
           brings_replies == other.brings_replies && order == other.order && max_attempts == other.max_attempts &&
           dedupe == other.dedupe && dead_letter.has_value() == other.dead_letter.has_value() &&
           (!dead_letter || same_target(*dead_letter, *other.dead_letter)) &&
           std::equal(from.begin(), from.end(), other.from.begin(), other.from.end(), same_source) &&
           std::equal(to.begin(), to.end(), other.to.begin(), other.to.end(), same_target);
}

const EndpointConfig* Config::find_backend(std::string_view wanted) const {
    const auto found = std::find_if(backends.begin(), backends.end(), [&](const auto& backend) { return backend.name == wanted; });
    return found == backends.end() ? nullptr : &*found;
}

Config read_config(const ConfigSource& source, const Gateway& catalog, Diagnostics& diagnostics) {
    const TomlDocument document = read_document(source.name, source.text, source.overrides, diagnostics);
    ReadingContext context{diagnostics, source.environment, source.folder, document.is_complete};
    return ConfigReader(document, catalog, context).read();
}

}  // namespace rialto::bridge
