#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/dedupe_config.hpp"
#include "bridge/diagnostic.hpp"
#include "bridge/parcel.hpp"
#include "bridge/place.hpp"
#include "bridge/substitution.hpp"
#include "bridge/topic_pattern.hpp"
#include "bridge/topic_template.hpp"
#include "core/gateway.hpp"
#include "core/history/history.hpp"
#include "core/log.hpp"
#include "core/options.hpp"
#include "core/url.hpp"

namespace rialto::bridge {

/// One `[listeners.NAME]` or `[backends.NAME]`.
struct EndpointConfig {
    std::string name;
    Url url;                    ///< with its port, the default one where none was written
    Adapter* adapter = nullptr; ///< of the catalog that the configuration was read with
    bool is_tls = false;
    std::shared_ptr<const Schema> schema;  ///< what `options` is typed by
    OptionValues options;
    SourceRange place;  ///< the table's header
    std::string files;  ///< which version of each file it names, such as certificates, was there when this was read

    ListenerSettings listener_settings() const { return {name, url, options}; }
    BackendSettings backend_settings() const { return {name, url, options}; }
    /// Whether both describe the same thing, wherever in the file.
    bool is_same_as(const EndpointConfig& other) const noexcept;
};

enum class Delivery : std::uint8_t { best, at_least_once, at_most_once };
enum class RetainPolicy : std::uint8_t { keep, set, clear };

/// One `PLACE:TOPIC` of a route.
struct RouteSource {
    std::string place;  ///< a backend's name, or `bus`
    TopicPattern pattern;
    SourceRange where;
};
struct RouteTarget {
    std::string place;
    TopicTemplate topic;
    bool is_required = true;
    SourceRange where;
};

/// One `[[routes]]`.
struct RouteConfig {
    std::string name;
    std::vector<RouteSource> from;
    std::vector<RouteTarget> to;
    Delivery delivery = Delivery::best;
    RetainPolicy retain = RetainPolicy::keep;
    bool brings_replies = false;
    Order order = Order::by_topic;
    std::uint32_t max_attempts = 0;         ///< while the connection holds; 0 is for ever
    std::optional<RouteTarget> dead_letter; ///< where undeliverable messages go
    std::optional<DedupeConfig> dedupe;
    SourceRange place;

    bool is_same_as(const RouteConfig& other) const noexcept;
};

/// A configuration that holds: every name is known, every pattern valid. Immutable once read.
struct Config {
    std::string name;                  ///< of the gateway
    std::size_t workers = 0;           ///< event loops; 0 is one for each core
    std::chrono::milliseconds drain{};
    std::string data_dir;  ///< where what survives is kept; empty: nothing does, or `store` has it
    std::optional<Url> store;  ///< the same on a server
    log::Level log_level = log::Level::info;
    log::Format log_format = log::Format::text;
    bool allow_anonymous = true;
    std::vector<EndpointConfig> listeners;
    std::vector<EndpointConfig> backends;
    std::vector<RouteConfig> routes;
    std::vector<HistoryRule> history;  ///< the first that matches a topic counts

    const EndpointConfig* find_backend(std::string_view wanted) const;
};

/// Where a configuration comes from.
struct ConfigSource {
    std::string name;                    ///< how errors call it: the path as the user gave it
    std::string text;
    std::filesystem::path folder;        ///< where relative paths in it begin
    std::vector<std::string> overrides;  ///< `--set` KEY=VALUE
    Environment environment = process_environment();
};

/// Reads a file. @error invalid  it is not there or can't be read
Result<ConfigSource> load_config_file(const std::string& path);
/// What runs where no file is given: `mqtt`, `stomp` and `web` on loopback, in memory.
ConfigSource built_in_config();

/// Reads and checks all of it. The configuration holds only where `diagnostics` stays empty.
/// @param catalog  knows the adapters; outlives the configuration
Config read_config(const ConfigSource& source, const Gateway& catalog, Diagnostics& diagnostics);

}  // namespace rialto::bridge
