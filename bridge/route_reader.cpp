#include "bridge/route_reader.hpp"

#include <algorithm>

#include "bridge/config_schema.hpp"
#include "bridge/endpoint_reader.hpp"
#include "bridge/suggestion.hpp"

namespace rialto::bridge {
namespace {

/// Reads one table. One object per route.
class RouteReader {
public:
    RouteReader(const toml::table& table, std::size_t number, const std::vector<std::string>& places, ReadingContext& context)
        : table_(table),
          places_(places),
          context_(context),
          options_(read_options(table, route_schema(), "[[routes]]", context)) {
        route_.place = context.place_of(table);
        route_.name = options_.is_set("name") ? options_.text("name") : "route-" + std::to_string(number);
    }

    RouteConfig read() {
        if (!is_sound_name(route_.name)) {
            error(options_.place_of("name"), "the name '" + route_.name + "' may only have letters, digits, '-', '_' and '.'");
        }
        read_sources();
        read_targets();
        read_required();
        const std::string& delivery = options_.text("delivery");
        if (delivery == "at-least-once") route_.delivery = Delivery::at_least_once;
        if (delivery == "at-most-once") route_.delivery = Delivery::at_most_once;
        const std::string& retain = options_.text("retain");
        if (retain == "set") route_.retain = RetainPolicy::set;
        if (retain == "clear") route_.retain = RetainPolicy::clear;
        route_.brings_replies = options_.boolean("replies");
        const std::string& order = options_.text("order");
        if (order == "key") route_.order = Order::by_key;
        if (order == "none") route_.order = Order::none;
        route_.max_attempts = static_cast<std::uint32_t>(options_.integer("max_attempts"));
        read_dead_letter();
        if (const OptionValues* const dedupe = options_.table("dedupe")) {
            const auto by = dedupe->text("by") == "payload" ? DedupeConfig::By::payload : DedupeConfig::By::message_id;
            route_.dedupe = DedupeConfig{by, dedupe->duration("window")};
        }
        return std::move(route_);
    }

private:
    struct Address {
        std::string place;
        std::string topic;
        std::size_t topic_offset;
    };

    /// Splits `PLACE:TOPIC`. An unknown place is reported; the topic is looked at all the same.
    std::optional<Address> read_address(std::string_view text, SourceRange where) {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) {
            error(where, "'" + std::string(text) + "' is no address: expected PLACE:TOPIC", "such as bus:" + std::string(text));
            return std::nullopt;
        }
        const std::string place(text.substr(0, colon));
        if (std::find(places_.begin(), places_.end(), place) == places_.end()) {
            const std::string hint = did_you_mean(place, places_);
            error(context_.place_inside(where, text, 0, std::max<std::size_t>(colon, 1)),
                  "'" + place + "' is neither a backend nor 'bus'", hint);
        }
        return Address{place, std::string(text.substr(colon + 1)), colon + 1};
    }

    void read_sources() {
        const auto& texts = options_.texts("from");
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const SourceRange where = options_.place_of("from", i);
            const auto address = read_address(texts[i], where);
            if (!address) continue;
            TextResult<TopicPattern> pattern = TopicPattern::parse(address->topic);
            if (pattern.has_value()) {
                route_.from.push_back({address->place, std::move(*pattern), where});
            } else {
                report(pattern.error(), *address, texts[i], where);
            }
        }
    }

    void read_targets() {
        const auto& texts = options_.texts("to");
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (auto target = read_target(texts[i], options_.place_of("to", i))) route_.to.push_back(std::move(*target));
        }
    }

    std::optional<RouteTarget> read_target(const std::string& text, SourceRange where) {
        const auto address = read_address(text, where);
        if (!address) return std::nullopt;
        TextResult<TopicTemplate> topic = TopicTemplate::parse(address->topic);
        if (topic.has_error()) {
            report(topic.error(), *address, text, where);
            return std::nullopt;
        }
        if (!binds(*topic, *address, text, where)) return std::nullopt;
        return RouteTarget{address->place, std::move(*topic), true, where};
    }

    void read_dead_letter() {
        if (options_.is_set("dead_letter")) {
            route_.dead_letter = read_target(options_.text("dead_letter"), options_.place_of("dead_letter"));
        }
    }

    /// Whether every source captures what the template uses; the first that does not is reported.
    bool binds(const TopicTemplate& topic, const Address& address, const std::string& text, SourceRange where) {
        for (const RouteSource& source : route_.from) {
            const auto bound = topic.bind(source.pattern, route_.name, source.place);
            if (bound.has_error()) {
                report(bound.error(), address, text, where);
                return false;
            }
        }
        return true;
    }

    void read_required() {
        if (!options_.is_set("required")) return;
        const auto& names = options_.texts("required");
        std::vector<std::string> targets;
        for (RouteTarget& target : route_.to) {
            target.is_required = std::find(names.begin(), names.end(), target.place) != names.end();
            targets.push_back(target.place);
        }
        const bool has_all_targets = route_.to.size() == options_.texts("to").size();
        for (std::size_t i = 0; i < names.size() && has_all_targets; ++i) {
            if (std::find(targets.begin(), targets.end(), names[i]) == targets.end()) {
                error(options_.place_of("required", i), "'" + names[i] + "' is no target of this route", did_you_mean(names[i], targets));
            }
        }
    }

    void report(const TextError& failed, const Address& address, const std::string& text, SourceRange where) {
        error(context_.place_inside(where, text, address.topic_offset + failed.offset, failed.size), failed.message);
    }

    void error(SourceRange place, std::string message, std::string hint = {}) {
        context_.diagnostics.error(place, std::move(message), std::move(hint));
    }

    const toml::table& table_;
    const std::vector<std::string>& places_;
    ReadingContext& context_;
    OptionValues options_;
    RouteConfig route_;
};

void check_names(const std::vector<RouteConfig>& routes, ReadingContext& context) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const auto same = std::find_if(routes.begin(), routes.begin() + static_cast<std::ptrdiff_t>(i),
                                       [&](const RouteConfig& other) { return other.name == routes[i].name; });
        if (same == routes.begin() + static_cast<std::ptrdiff_t>(i)) continue;
        context.diagnostics.error(routes[i].place, "there is a route '" + routes[i].name + "' already, in line " +
                                                       std::to_string(same->place.line));
    }
}

}  // namespace

std::vector<RouteConfig> read_routes(const toml::node* node, const std::vector<std::string>& places,
                                     ReadingContext& context) {
    std::vector<RouteConfig> routes;
    for_each_table(node, "routes", context, [&](const toml::table& table) {
        routes.push_back(RouteReader(table, routes.size() + 1, places, context).read());
    });
    check_names(routes, context);
    return routes;
}

}  // namespace rialto::bridge
