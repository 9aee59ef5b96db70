#include "bridge/dead_letters.hpp"

#include <doctest/doctest.h>

#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using bridge::DeadLetters;
using bridge::Undeliverable;
using test::filter;
using test::message;
using test::Publisher;


namespace {

DeadLetters::Settings to_bus(std::string route) {
    DeadLetters::Settings settings;
    settings.route = std::move(route);
    settings.stamp = "gw/" + settings.route;
    settings.place = "bus";
    settings.sources = {"plant"};
    settings.topics = {[](std::string_view topic) { return "dead/" + std::string(topic); }};
    return settings;
}

/// Keeps the messages themselves.
class Keeper final : public Subscriber {
public:
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override {
        got.push_back(delivery.message);
        if (holds) held.push_back(receipt.share());
    }
    std::vector<MessagePtr> got;
    std::vector<Receipt> held;
    bool holds = false;
};

struct Fixture {
    Gateway gateway{{"gw", 1, true}};
    Shard& shard = gateway.shard(0);
    Keeper keeper;
    Ref<Publisher> publisher{new Publisher(shard)};
    Ref<DeadLetters> desk;

    Fixture() { shard.bus().subscribe(keeper, filter("#"), {}); }
    ~Fixture() {
        keeper.held.clear();
        shard.run_ready();
        desk.reset();
        gateway.stop();
    }
    void make(DeadLetters::Settings settings) {
        desk.reset(new DeadLetters(gateway, shard, std::move(settings), Backoff(std::chrono::milliseconds(1), std::chrono::milliseconds(1))));
    }
    void bury(MessagePtr what, Receipt receipt = {}) {
        on_shard([&, what, receipt = std::make_shared<Receipt>(std::move(receipt))] {
            desk->take({what, 0, "log:x", Undeliverable::rejected, 3}, std::move(*receipt));
        });
    }
    void on_shard(std::function<void()> task) {
        shard.post(std::move(task));
        shard.run_ready();
    }
    void run_until_sent(std::size_t count) {
        for (int i = 0; i < 1000 && keeper.got.size() < count; ++i) shard.io().run_one_for(std::chrono::milliseconds(60));
        shard.run_ready();
    }
    bool counts(std::string_view sample) { return gateway.metrics().text().find(sample) != std::string::npos; }
};

std::string text_of(const Value& value) {
    if (const auto* const text = std::get_if<std::string>(&value)) return *text;
    if (const auto* const number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return "?";
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a dead letter is the message as it came, with the reason, the route, both addresses and the attempts") {
    make(to_bus("r"));
    auto properties = std::make_unique<Properties>();
    properties->content_type = "text/plain";
    properties->headers = {{"colour", std::string("red")}};
    bury(Message::create("a/b", as_bytes("body"), {}, std::move(properties)));
    REQUIRE(keeper.got.size() == 1);
    const Message& letter = *keeper.got[0];
    CHECK(letter.topic() == "dead/a/b");
    CHECK(as_text(letter.payload()) == "body");
    CHECK(letter.properties().content_type == "text/plain");
    std::vector<std::string> headers;
    for (const Header& header : letter.properties().headers) headers.push_back(header.name + "=" + text_of(header.value));
    CHECK(headers == std::vector<std::string>{"colour=red", "rialto-dead-reason=rejected", "rialto-dead-route=r",
                                              "rialto-dead-target=log:x", "rialto-dead-address=plant:a/b", "rialto-dead-attempts=3"});
    CHECK(counts("rialto_route_dead_letters_total{route=\"r\",reason=\"rejected\"} 1"));
}

TEST_CASE_FIXTURE(Fixture, "the source hears when the dead letter is safe, not before") {
    make(to_bus("r"));
    keeper.holds = true;
    bury(message("a"), Receipt(publisher, 1));
    CHECK(publisher->heard.empty());
    on_shard([&] { keeper.held[0].settle(Outcome::accepted); });
    CHECK(publisher->heard == std::vector<std::pair<std::uint64_t, Outcome>>{{1, Outcome::accepted}});
}

TEST_CASE_FIXTURE(Fixture, "a dead letter that is refused or given back goes again") {
    make(to_bus("r"));
    keeper.holds = true;
    bury(message("a"), Receipt(publisher, 1));
    on_shard([&] { keeper.held[0].settle(Outcome::rejected); });
    run_until_sent(2);
    REQUIRE(keeper.got.size() == 2);
    on_shard([&] { keeper.held[1].settle(Outcome::released); });
    run_until_sent(3);
    CHECK(publisher->heard.empty());
    on_shard([&] { keeper.held[2].settle(Outcome::accepted); });
    CHECK(publisher->heard.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a dead letter carries its route's stamp, is not retained and does not expire") {
    make(to_bus("r"));
    auto properties = std::make_unique<Properties>();
    properties->expires_at = wall_now() + std::chrono::hours(1);
    bury(Message::create("a", as_bytes("x"), {Qos::at_most_once, true}, std::move(properties)));
    REQUIRE(keeper.got.size() == 1);
    const Message& letter = *keeper.got[0];
    CHECK(letter.properties().via == std::vector<std::string>{"gw/r"});
    CHECK_FALSE(letter.is_retained());
    CHECK_FALSE(letter.properties().expires_at);
    CHECK(letter.qos() == Qos::at_least_once);
    CHECK(letter.properties().headers[5].name == "rialto-dead-retain");
    CHECK(letter.properties().headers[6].name == "rialto-dead-expires");
}

TEST_CASE_FIXTURE(Fixture, "where the address makes no topic, the dead letter goes to one that is always there") {
    auto settings = to_bus("r");
    settings.topics = {[](std::string_view) { return std::string(); }};
    make(std::move(settings));
    bury(message("a"));
    REQUIRE(keeper.got.size() == 1);
    CHECK(keeper.got[0]->topic() == "rialto/dead/r");
}

TEST_CASE_FIXTURE(Fixture, "without an address the source hears that it was refused, and the drop is counted") {
    make({"r", "gw/r", 3, {}, nullptr, {"plant"}, {}});
    bury(message("a"), Receipt(publisher, 1));
    CHECK(publisher->heard == std::vector<std::pair<std::uint64_t, Outcome>>{{1, Outcome::rejected}});
    CHECK(counts("rialto_route_dropped_total{route=\"r\",reason=\"rejected\"} 1"));
}
