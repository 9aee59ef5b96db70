#include <doctest/doctest.h>

#include "bridge/route.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using bridge::Route;
using test::filter;
using test::Recorder;
using test::message;
using test::Publisher;

namespace {

/// Replaces the first level.
Route::Rewrite to_below(std::string first) {
    return [first](std::string_view topic) -> std::optional<std::string> {
        const auto slash = topic.find('/');
        return first + (slash == std::string_view::npos ? "" : std::string(topic.substr(slash)));
    };
}

struct Fixture {
    Gateway gateway{{"gw", 1, true}};
    Shard& shard = gateway.shard(0);
    Recorder listener;
    std::vector<std::unique_ptr<Route>> routes;

    Route& bus_to_bus(std::string name, std::string_view from, std::vector<std::string> to) {
        Route::Settings settings{std::move(name), {}, {}, Route::Retain::keep};
        std::vector<Route::Rewrite> rewrites;
        for (auto& first : to) {
            settings.to.push_back({"bus", nullptr, true});
            rewrites.push_back(to_below(std::move(first)));
        }
        settings.from.push_back({"bus", nullptr, filter(from), std::move(rewrites)});
        routes.push_back(std::make_unique<Route>(gateway, std::move(settings)));
        routes.back()->start();
        shard.run_ready();
        return *routes.back();
    }
    void listen(std::string_view text) { shard.bus().subscribe(listener, filter(text), {}); }
    void publish(std::string_view topic, Receipt receipt = {}) {
        shard.post([&, topic = std::string(topic), receipt = std::move(receipt)]() mutable {
            shard.bus().publish(message(topic), std::move(receipt));
        });
        shard.run_ready();
    }
    ~Fixture() { gateway.stop(); }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a message that a route matches reaches all its targets under their topics") {
    bus_to_bus("r", "in/#", {"one", "two"});
    listen("one/#");
    listen("two/#");
    publish("in/a");
    publish("out/a");
    CHECK(listener.got == Texts{"one/a=x", "two/a=x"});
}

TEST_CASE_FIXTURE(Fixture, "the source hears after the last target has it") {
    Ref<Publisher> publisher(new Publisher(shard));
    bus_to_bus("r", "in/#", {"one", "two"});
    listener.holds = true;
    listen("one/#");
    listen("two/#");
    publish("in/a", Receipt(publisher, 1));
    CHECK(publisher->heard.empty());
    shard.post([&] { listener.held[0].settle(Outcome::accepted); });
    shard.run_ready();
    CHECK(publisher->heard.empty());
    shard.post([&] { listener.held[1].settle(Outcome::accepted); });
    shard.run_ready();
    CHECK(publisher->heard.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "two routes that feed each other pass each message once") {
    bus_to_bus("there", "a/#", {"b"});
    bus_to_bus("back", "b/#", {"a"});
    listen("#");
    publish("a/x");
    CHECK(listener.got.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a message never comes back to the place and topic it came from") {
    bus_to_bus("same", "a/#", {"a"});
    listen("#");
    publish("a/x");
    CHECK(listener.got == Texts{"a/x=x"});
    CHECK(gateway.metrics().text().find("rialto_route_dropped_total{route=\"same\",reason=\"loop\"} 1") !=
          std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a message that went through this route in another gateway of the same name is dropped") {
    bus_to_bus("r", "in/#", {"out"});
    listen("out/#");
    auto properties = std::make_unique<Properties>();
    properties->via = {"other/x", "gw/r"};
    shard.post([&] { shard.bus().publish(Message::create("in/a", {}, {}, std::move(properties)), {}); });
    shard.run_ready();
    CHECK(listener.got.empty());
}

TEST_CASE_FIXTURE(Fixture, "a topic that the target can't have is counted, and the other targets get theirs") {
    bus_to_bus("r", "in", {"", "good"});
    listen("#");
    publish("in");
    CHECK(gateway.metrics().text().find("reason=\"unmappable_topic\"} 1") != std::string::npos);
    CHECK(listener.got.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "after stop a route takes nothing") {
    auto& route = bus_to_bus("r", "in/#", {"out"});
    listen("out/#");
    shard.post([&] { route.stop(); });
    publish("in/a");
    CHECK(listener.got.empty());
}
