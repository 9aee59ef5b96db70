#include "adapters/stomp/client/subscriptions.hpp"

#include "adapters/stomp/decoder.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;

namespace {

struct Asked {
    explicit Asked(std::string_view dialect) {
        settings.addresses = Addresses(*dialect_of(dialect));
        settings.client_id = "us";
    }
    Subscriptions of(std::vector<std::string> patterns) {
        std::vector<TopicFilter> filters;
        for (const auto& pattern : patterns) filters.push_back(TopicFilter::parse(pattern).value());
        return Subscriptions(settings, std::move(filters));
    }
    ClientSettings settings;
};

std::string subscribe(const Subscriptions& subscriptions) {
    std::string out;
    subscriptions.append_subscribe(out, Version::v1_2);
    return out;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("RabbitMQ gathers all patterns in one queue, whose consumers share the prefetch") {
    Asked asked("rabbitmq");
    const std::string out = subscribe(asked.of({"a/+", "b/#"}));
    CHECK(out.starts_with("SUBSCRIBE\nid:0\ndestination:/topic/a.*\nack:client-individual\nprefetch-count:500\n"
                          "x-queue-name:us\ndurable:true\nauto-delete:false\nreceipt:subscribe\n\n"));
    CHECK(has(out, "id:1\ndestination:/topic/b.#\n"));
}

TEST_CASE("ActiveMQ keeps a subscription by name for each pattern, prefetched in messages") {
    Asked asked("activemq");
    const std::string expected =
        "SUBSCRIBE\nid:0\ndestination:/topic/a.>\nack:client-individual\nactivemq.prefetchSize:1000\n"
        "activemq.subscriptionName:us/a/#\nreceipt:subscribe\n\n";
    CHECK(subscribe(asked.of({"a/#"})) == expected + '\0');
}

TEST_CASE("Artemis is told that an address is a topic, and prefetches bytes") {
    Asked asked("artemis");
    const std::string out = subscribe(asked.of({"a/#"}));
    CHECK(has(out, "destination:a.#\n"));
    CHECK(has(out, "consumer-window-size:1024000\nsubscription-type:MULTICAST\ndurable-subscription-name:us/a/#\n"));
}

TEST_CASE("who names no dialect, and who wants nothing kept, subscribes plainly") {
    Asked generic("generic");
    CHECK(subscribe(generic.of({"a/#"})).starts_with(
        "SUBSCRIBE\nid:0\ndestination:a/#\nack:client-individual\nreceipt:subscribe\n\n"));
    Asked fleeting("activemq");
    fleeting.settings.is_durable = false;
    CHECK_FALSE(has(subscribe(fleeting.of({"a/#"})), "subscriptionName"));
}

TEST_CASE("the same pattern twice is asked for once") {
    Asked asked("generic");
    CHECK(asked.of({"a/#", "b", "a/#"}).size() == 2);
}

TEST_CASE("what is not wanted any more is taken back, and nothing else") {
    Asked asked("activemq");
    const Subscriptions now = asked.of({"a/#", "c"});
    std::string out;
    now.append_take_back(out, Version::v1_2, {"a/#", "b/+"});
    CHECK(out == std::string("UNSUBSCRIBE\nid:2\ndestination:/topic/b.*\nactivemq.subscriptionName:us/b/+\n\n") + '\0');
}

TEST_CASE("without copies that bear one id, the first pattern that asks for a message brings it") {
    Asked asked("generic");
    const Subscriptions subscriptions = asked.of({"a/+", "+/b"});
    CHECK(subscriptions.takes("a/b", 0));
    CHECK_FALSE(subscriptions.takes("a/b", 1));
    CHECK(subscriptions.takes("x/b", 1));
    CHECK_FALSE(subscriptions.takes("x/b", 0));
    CHECK_FALSE(subscriptions.takes("x/y", std::nullopt));
}

TEST_CASE("from one queue it does not matter which consumer brings a message") {
    Asked asked("rabbitmq");
    const Subscriptions subscriptions = asked.of({"a/+", "c"});
    CHECK(subscriptions.takes("a/b", 1));
    CHECK_FALSE(subscriptions.takes("left/from/earlier", 0));
}

TEST_CASE("ids of subscriptions that are not ours name nothing") {
    Asked asked("generic");
    const Subscriptions subscriptions = asked.of({"a"});
    CHECK(subscriptions.place_of("0") == 0);
    for (const char* id : {"1", "", "-1", "0x", "99999999999999999999999"}) CHECK_FALSE(subscriptions.place_of(id));
}
