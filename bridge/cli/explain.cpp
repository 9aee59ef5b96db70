#include <iostream>

#include "bridge/cli/commands.hpp"
#include "bridge/cli/read_or_report.hpp"
#include "bridge/guarantee.hpp"
#include "bridge/losses.hpp"
#include "bridge/runtime.hpp"

namespace rialto::bridge {
namespace {

/// Says what becomes of a message at one address.
class Explainer {
public:
    Explainer(const Runtime& runtime, std::string place, std::string topic)
        : runtime_(runtime), place_(std::move(place)), topic_(std::move(topic)) {}

    void print() {
        std::cout << place_ << ":" << topic_ << "\n";
        std::size_t count = 0;
        for (const RouteConfig& route : runtime_.config().routes) count += print_route(route) ? 1 : 0;
        if (count == 0) std::cout << "  no route takes it\n";
    }

private:
    /// The first pattern that matches is the one that counts, as when it runs.
    bool print_route(const RouteConfig& route) {
        for (const RouteSource& source : route.from) {
            Captures captures;
            if (source.place != place_ || !source.pattern.match(topic_, captures)) continue;
            std::cout << "  route " << route.name << "\n    from  " << source.place << ":" << source.pattern.text() << "\n";
            print_captures(source.pattern, captures);
            for (const RouteTarget& target : route.to) print_target(route, source, target, captures);
            print_dead_letter(route, source, captures);
            std::cout << "    " << guarantee_text(runtime_.config(), route) << "\n";
            return true;
        }
        return false;
    }

    static void print_captures(const TopicPattern& pattern, const Captures& captures) {
        std::size_t unnamed = 0;
        for (std::size_t i = 0; i < captures.size(); ++i) {
            const std::string& name = pattern.wildcards()[i].name;
            std::cout << "          {" << (name.empty() ? std::to_string(++unnamed) : name) << "} = ";
            std::cout << (captures[i] ? "'" + std::string(*captures[i]) + "'" : std::string("no levels")) << "\n";
        }
    }

    void print_target(const RouteConfig& route, const RouteSource& source, const RouteTarget& target, const Captures& captures) {
        std::string topic;
        target.topic.bind(source.pattern, route.name, source.place).value().expand(topic_, captures, topic);
        std::cout << "    to    " << target.place << ":" << topic;
        if (const auto valid = check_topic(topic); valid.has_error()) {
            std::cout << "  (dropped: " << valid.error().message << ")\n";
            return;
        }
        if (target.place == place_ && topic == topic_) {
            std::cout << "  (dropped: it would come back as itself)\n";
            return;
        }
        if (Link* const link = runtime_.find_link(target.place)) {
            const EndpointConfig& backend = *runtime_.config().find_backend(target.place);
            std::cout << "  as " << backend.url.scheme << " '" << link->backend().native_address(topic) << "'";
        }
        std::cout << (target.is_required ? "" : "  (not waited for)") << "\n";
        if (const FieldSet lost = losses_of(runtime_.config(), route, source, target); !lost.empty()) {
            std::cout << "          loses " << names_of(lost) << "\n";
        }
    }

    void print_dead_letter(const RouteConfig& route, const RouteSource& source, const Captures& captures) const {
        if (!route.dead_letter) return;
        std::string topic;
        route.dead_letter->topic.bind(source.pattern, route.name, source.place).value().expand(topic_, captures, topic);
        std::cout << "    dead  " << route.dead_letter->place << ":" << topic << "\n";
    }

    const Runtime& runtime_;
    std::string place_;
    std::string topic_;
};

}  // namespace

ExitCode explain(const ExplainArguments& arguments) {
    const Catalog catalog;
    Diagnostics diagnostics;
    auto config = read_or_report(arguments.file, arguments.overrides, catalog, diagnostics);
    if (!config) return ExitCode::wrong_input;
    const auto colon = arguments.address.find(':');
    const std::string place = arguments.address.substr(0, colon);
    const std::string topic = colon == std::string::npos ? "" : arguments.address.substr(colon + 1);
    if (place != bus_place && !config->find_backend(place)) {
        std::cerr << "rialto: '" << arguments.address << "' is no address: expected PLACE:TOPIC, PLACE being 'bus' or a backend\n";
        return ExitCode::wrong_input;
    }
    if (const auto valid = check_topic(topic); valid.has_error()) {
        std::cerr << "rialto: '" << topic << "' is no topic: " << valid.error().message << "\n";
        return ExitCode::wrong_input;
    }
    const Runtime runtime(std::move(*config), diagnostics);
    if (!diagnostics.empty()) {
        std::cerr << diagnostics.text();
        return ExitCode::wrong_input;
    }
    Explainer(runtime, place, topic).print();
    return ExitCode::done;
}

}  // namespace rialto::bridge
