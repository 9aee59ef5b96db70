#include <doctest/doctest.h>

#include "core/bus.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using test::filter;
using test::Recorder;
using test::message;
using test::Publisher;

namespace {

struct Fixture {
    Shard shard{0};
    BusCommons commons;
    Bus bus{shard, commons};
    Recorder listener;
    Ref<Publisher> publisher{new Publisher(shard)};

    void publish(std::string_view topic, std::string_view payload = "x", Message::Traits traits = {}) {
        bus.publish(message(topic, payload, traits), Receipt{});
    }
    void subscribe(std::string_view text, SubscriptionOptions options = {}) {
        bus.subscribe(listener, filter(text), options);
    }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a message reaches whoever asked for its topic") {
    subscribe("a/+");
    publish("a/b", "1");
    publish("b", "2");
    CHECK(listener.got == Texts{"a/b=1"});
}

TEST_CASE_FIXTURE(Fixture, "overlapping filters of one subscriber give one message with the highest quality and all identifiers") {
    subscribe("a/#", {Qos::at_most_once, false, false, 1});
    subscribe("a/b", {Qos::at_least_once, false, false, 2});
    publish("a/b", "x", {Qos::exactly_once, false, 0});
    REQUIRE(listener.got.size() == 1);
    CHECK(listener.qos[0] == Qos::at_least_once);
    CHECK(listener.identifiers[0].size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "after unsubscribing nothing comes") {
    subscribe("a");
    publish("a");
    CHECK(bus.unsubscribe(listener, filter("a")));
    CHECK_FALSE(bus.unsubscribe(listener, filter("a")));
    publish("a");
    CHECK(listener.got.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a new subscription is seen by topics that were published before") {
    publish("a", "1");
    subscribe("a");
    publish("a", "2");
    CHECK(listener.got == Texts{"a=2"});
}

TEST_CASE_FIXTURE(Fixture, "no local: what the subscriber published itself does not come back") {
    subscribe("a", {Qos::exactly_once, true, false, 0});
    publish("a", "mine", {Qos::at_most_once, false, listener.number()});
    publish("a", "yours", {Qos::at_most_once, false, listener.number() + 1});
    CHECK(listener.got == Texts{"a=yours"});
}

TEST_CASE_FIXTURE(Fixture, "the retain flag of a live message shows only where it was asked for [MQTT-3.3.1-12..13]") {
    Recorder as_published;
    subscribe("a");
    bus.subscribe(as_published, filter("a"), {Qos::exactly_once, false, true, 0});
    publish("a", "x", {Qos::at_most_once, true, 0});
    CHECK(listener.retain == std::vector<bool>{false});
    CHECK(as_published.retain == std::vector<bool>{true});
}

TEST_CASE_FIXTURE(Fixture, "retained messages are replayed to a new subscription with their flag set") {
    publish("a/1", "x", {Qos::at_least_once, true, 0});
    publish("a/2", "y", {Qos::at_least_once, true, 0});
    publish("a/2", "", {Qos::at_least_once, true, 0});
    CHECK(bus.replay_retained(listener, filter("a/#"), {Qos::at_most_once, false, false, 9}) == 1);
    CHECK(listener.got == Texts{"a/1=x"});
    CHECK(listener.retain[0]);
    CHECK(listener.qos[0] == Qos::at_most_once);
    CHECK(listener.identifiers[0] == std::vector<std::uint32_t>{9});
}

TEST_CASE_FIXTURE(Fixture, "the publisher hears 'accepted' at once where nobody holds the message") {
    subscribe("a");
    CHECK(bus.publish(message("a"), Receipt(publisher, 1)));
    CHECK_FALSE(bus.publish(message("b"), Receipt(publisher, 2)));
    shard.run_ready();
    CHECK(publisher->heard.size() == 2);
    CHECK(publisher->heard[0].second == Outcome::accepted);
}

TEST_CASE_FIXTURE(Fixture, "the publisher waits for a taker that holds its share") {
    listener.holds = true;
    subscribe("a");
    bus.publish(message("a"), Receipt(publisher, 1));
    shard.run_ready();
    CHECK(publisher->heard.empty());
    listener.held[0].settle(Outcome::rejected);
    shard.run_ready();
    REQUIRE(publisher->heard.size() == 1);
    CHECK(publisher->heard[0].second == Outcome::rejected);
}

TEST_CASE_FIXTURE(Fixture, "each message of a shared group goes to one member, in turn") {
    Recorder other;
    subscribe("$share/g/a");
    bus.subscribe(other, filter("$share/g/a"), {});
    for (const auto* payload : {"1", "2", "3", "4"}) publish("a", payload);
    CHECK(listener.got.size() == 2);
    CHECK(other.got.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a member that is not ready is passed over while another is") {
    Recorder other;
    subscribe("$share/g/a");
    bus.subscribe(other, filter("$share/g/a"), {});
    bus.set_ready(listener, filter("$share/g/a"), false);
    publish("a", "1");
    publish("a", "2");
    CHECK(other.got == Texts{"a=1", "a=2"});
    bus.unsubscribe(other, filter("$share/g/a"));
    publish("a", "3");
    CHECK(listener.got == Texts{"a=3"});
}

TEST_CASE_FIXTURE(Fixture, "what a member hands back goes to another, and its receipt with it") {
    Recorder other;
    other.holds = true;
    bus.subscribe(other, filter("$share/g/a"), {});
    subscribe("$share/g/a");
    bus.hand_back(filter("$share/g/a"), message("a", "again"), Receipt(publisher, 5), listener.number());
    CHECK(other.got == Texts{"a=again"});
    CHECK(listener.got.empty());
    shard.run_ready();
    CHECK(publisher->heard.empty());
    other.held.clear();
    shard.run_ready();
    CHECK(publisher->heard.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "publishing from within a delivery is fine, on the same topic too") {
    struct Echo final : Subscriber {
        explicit Echo(Bus& bus) : bus_(bus) {}
        void deliver(const Delivery& delivery, const Receipt&) noexcept override {
            if (++depth_ < 4) bus_.publish(delivery.message, Receipt{});
        }
        Bus& bus_;
        int depth_ = 0;
    } echo(bus);
    bus.subscribe(echo, filter("#"), {});
    subscribe("a");
    publish("a");
    CHECK(listener.got.size() == 4);
}
