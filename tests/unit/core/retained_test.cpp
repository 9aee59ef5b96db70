#include <doctest/doctest.h>

#include <algorithm>

#include "core/retained.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;

namespace {

struct Fixture {
    RetainedMessages retained;

    void keep(std::string_view topic, std::string_view payload = "x") {
        retained.store(test::message(topic, payload, {Qos::at_least_once, true, 0}));
    }
    std::vector<std::string> matching(std::string_view filter) {
        std::vector<std::string> topics;
        for (const auto& message : retained.matching(test::filter(filter))) topics.emplace_back(message->topic());
        std::sort(topics.begin(), topics.end());
        return topics;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the last retained message of a topic is the one that is kept") {
    keep("a", "1");
    keep("a", "2");
    CHECK(as_text(retained.find("a")->payload()) == "2");
    CHECK(retained.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "an empty payload forgets the topic [MQTT-3.3.1-6]") {
    keep("a/b");
    keep("a/b", "");
    keep("never", "");
    CHECK(retained.find("a/b") == nullptr);
    CHECK(retained.size() == 0);
}

TEST_CASE_FIXTURE(Fixture, "filters find what they match, '$' topics only by name") {
    for (const auto* topic : {"a", "a/b", "a/b/c", "/", "b", "$SYS/x"}) keep(topic);
    CHECK(matching("#") == Texts{"/", "a", "a/b", "a/b/c", "b"});
    CHECK(matching("a/#") == Texts{"a", "a/b", "a/b/c"});
    CHECK(matching("a/+") == Texts{"a/b"});
    CHECK(matching("+/+") == Texts{"/", "a/b"});
    CHECK(matching("+/#") == Texts{"/", "a", "a/b", "a/b/c", "b"});
    CHECK(matching("$SYS/#") == Texts{"$SYS/x"});
}

TEST_CASE_FIXTURE(Fixture, "what has expired is not found") {
    auto properties = std::make_unique<Properties>();
    properties->expires_at = wall_now() - std::chrono::seconds(1);
    retained.store(Message::create("a", as_bytes("x"), {Qos::at_most_once, true, 0}, std::move(properties)));
    CHECK(retained.find("a") == nullptr);
    CHECK(matching("#").empty());
}
