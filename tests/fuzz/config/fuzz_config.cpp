// A configuration of any octets is read or refused, and every mistake can be printed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "bridge/config.hpp"

namespace {

using namespace rialto;

/// A protocol with an option of every kind, that nobody speaks.
class AnyAdapter final : public Adapter {
public:
    std::string_view name() const override { return "any"; }
    std::vector<Scheme> listener_schemes() const override { return {{"mqtt", 1883}, {"mqtts", 8883, true}}; }
    std::vector<Scheme> backend_schemes() const override { return {{"mqtt", 1883}, {"redis", 6379}}; }
    const Schema& listener_options() const override { return options(); }
    const Schema& backend_options() const override { return options(); }
    Abilities abilities(const BackendSettings& settings) const override {
        Abilities can;
        can.reads = can.writes = true;
        can.confirms = settings.url.scheme == "mqtt";
        return can;
    }

private:
    static const Schema& options() {
        static const Schema inner = Schema().add(option::file("cert", "")).add(option::boolean("verify", true, ""));
        static const Schema schema = Schema()
                                         .add(option::integer("limit", 1, "").between(0, 10))
                                         .add(option::number("share", 0.5, ""))
                                         .add(option::duration("timeout", std::chrono::seconds(1), ""))
                                         .add(option::size("buffer", 1, ""))
                                         .add(option::rate("rate", ""))
                                         .add(option::text("dialect", "a", "").one_of({"a", "b"}))
                                         .add(option::text_list("topics", {}, ""))
                                         .add(option::text_map("options", ""))
                                         .add(option::table("inner", inner, ""));
        return schema;
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Gateway catalog({"catalog", 1, true});
    if (catalog.adapters().empty()) catalog.add(std::make_unique<AnyAdapter>());
    bridge::ConfigSource source;
    source.name = "f";
    source.text.assign(reinterpret_cast<const char*>(data), size);
    source.environment = [](const std::string&) { return std::optional<std::string>("x"); };
    bridge::Diagnostics diagnostics;
    const bridge::Config config = bridge::read_config(source, catalog, diagnostics);
    if (diagnostics.text().empty() != diagnostics.empty()) std::abort();
    // What was read without a mistake maps every topic that it matches.
    bridge::Captures captures;
    for (const bridge::RouteConfig& route : config.routes) {
        if (!diagnostics.empty()) break;
        for (const bridge::RouteSource& from : route.from) {
            if (!from.pattern.match("a/b/c", captures)) continue;
            if (captures.size() != from.pattern.wildcards().size()) std::abort();
            std::string topic;
            for (const auto& to : route.to) to.topic.bind(from.pattern, "r", "s").value().expand("a/b/c", captures, topic);
        }
    }
    return 0;
}
