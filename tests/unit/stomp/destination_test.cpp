#include "adapters/stomp/destination.hpp"

#include <map>
#include <random>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;

namespace {

using Place = DestinationStyle::Place;

std::string sent_to(std::string_view destination) {
    const Result<Destination> parsed = parse_send_destination(destination);
    return parsed.has_value() ? parsed->topic : "error: " + parsed.error().message;
}

std::string subscribed_to(std::string_view destination) {
    const Result<Destination> parsed = parse_subscribe_destination(destination);
    return parsed.has_value() ? parsed->topic : "error: " + parsed.error().message;
}

std::string written(std::string_view topic, DestinationStyle style) {
    std::string out;
    append_destination(out, topic, style);
    return out;
}

constexpr DestinationStyle plain{Place::plain, '/'};
constexpr DestinationStyle dotted{Place::topic, '.'};
constexpr DestinationStyle slashed{Place::topic, '/'};
constexpr DestinationStyle queue{Place::queue, '.'};

}  // namespace

TEST_CASE("a topic can be written plain, with slashes and with dots") {
    CHECK(sent_to("a/b") == "a/b");
    CHECK(sent_to("/topic/a/b") == "a/b");
    CHECK(sent_to("/topic/a.b") == "a/b");
    CHECK(sent_to("/queue/a.b") == "a/b");
    CHECK(sent_to("a.b") == "a.b");
}

TEST_CASE("a dot inside a level is %2E in the dotted form and itself in the others") {
    CHECK(sent_to("/topic/a%2Eb.c") == "a.b/c");
    CHECK(sent_to("/topic/a.b/c") == "a.b/c");
    CHECK(written("a.b/c", dotted) == "/topic/a%2Eb.c");
    CHECK(written("a.b/c", slashed) == "/topic/a.b/c");
    CHECK(written("a.b/c", plain) == "a.b/c");
    CHECK(written("a.b", slashed) == "/topic/a%2Eb");
}

TEST_CASE("an empty level is %00 in the dotted form") {
    CHECK(written("/lead", dotted) == "/topic/%00.lead");
    CHECK(written("a//b", dotted) == "/topic/a.%00.b");
    CHECK(written("a//b", slashed) == "/topic/a//b");
    CHECK(sent_to("/topic/%00.lead") == "/lead");
    CHECK(sent_to("/topic/a.%00.b") == "a//b");
}

TEST_CASE("a percent sign is literal where no escape follows") {
    CHECK(sent_to("/topic/100%.50%20") == "100%/50%20");
    CHECK(written("100%/50%20", dotted) == "/topic/100%.50%20");
    CHECK(written("%2E", dotted) == "/topic/%252E");
    CHECK(sent_to("/topic/%252E") == "%2E");
    CHECK(sent_to("/topic/%2ea") == ".a");
    CHECK(sent_to("a/%2E") == "a/%2E");
}

TEST_CASE("a wildcard level stands for one level or, at the end, for the rest") {
    CHECK(subscribed_to("/topic/a.*.c") == "a/+/c");
    CHECK(subscribed_to("/topic/a/*/c") == "a/+/c");
    CHECK(subscribed_to("a/*/c") == "a/+/c");
    CHECK(subscribed_to("a/+/c") == "a/+/c");
    CHECK(subscribed_to("/topic/a.>") == "a/#");
    CHECK(subscribed_to("/topic/a.#") == "a/#");
    CHECK(subscribed_to("/topic/>") == "#");
    CHECK(subscribed_to("#") == "#");
    CHECK(subscribed_to("/topic/a*.b>") == "a*/b>");
}

TEST_CASE("the rest is the last level or an error") {
    CHECK(subscribed_to("/topic/a.>.b").starts_with("error: "));
    CHECK(subscribed_to("#/a").starts_with("error: "));
}

TEST_CASE("nothing can be sent to a wildcard, but to a level that is literally one") {
    CHECK(sent_to("/topic/a.*").starts_with("error: "));
    CHECK(sent_to("/topic/>").starts_with("error: "));
    CHECK(sent_to("/topic/a.%2A") == "a/*");
    CHECK(sent_to("/topic/%3E") == ">");
    CHECK(subscribed_to("/topic/a.%2A") == "a/*");
    CHECK(sent_to("a/*") == "a/*");
}

TEST_CASE("a destination without a topic is an error") {
    CHECK(sent_to("").starts_with("error: "));
    CHECK(sent_to("/topic/").starts_with("error: "));
    CHECK(sent_to("/topic/%00").starts_with("error: "));
    CHECK(subscribed_to("/queue/").starts_with("error: "));
}

TEST_CASE("a topic that looks like a destination is written with the prefix") {
    CHECK(written("/topic/x", plain) == "/topic//topic/x");
    CHECK(written("/queue/x", plain) == "/topic//queue/x");
    CHECK(sent_to("/topic//queue/x") == "/queue/x");
}

TEST_CASE("a queue is told from a topic") {
    CHECK(parse_subscribe_destination("/queue/a.b")->style == queue);
    CHECK(parse_subscribe_destination("/topic/a/b")->style == slashed);
    CHECK(parse_subscribe_destination("a/b")->style == plain);
    CHECK(written("a/b", queue) == "/queue/a.b");
}

TEST_CASE("every topic comes back from every style, and no two topics share a name") {
    std::mt19937 random(7);
    const std::string alphabet = "ab./%*>2E03A5e";
    std::map<std::string, std::string> owner;
    for (int round = 0; round < 50'000; ++round) {
        std::string topic;
        for (auto length = random() % 9 + 1; length > 0; --length)
            topic.push_back(alphabet[random() % alphabet.size()]);
        if (random() % 8 == 0) topic.insert(0, random() % 2 ? "/topic/" : "/queue/");
        for (const DestinationStyle style : {plain, dotted, slashed}) {
            const std::string name = written(topic, style);
            CAPTURE(name);
            REQUIRE(sent_to(name) == topic);
            const auto [place, is_new] = owner.emplace(name, topic);
            REQUIRE((is_new || place->second == topic));
        }
    }
}
