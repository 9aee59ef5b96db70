#include "adapters/kafka/topic_names.hpp"

#include <doctest/doctest.h>
#include <regex.h>

#include <map>
#include <random>

using namespace rialto;
using rialto::kafka::TopicNames;
using Texts = std::vector<std::string>;

namespace {

const TopicNames names;
const TopicNames verbatim({}, TopicNames::Form::verbatim);

std::vector<TopicFilter> filters(std::initializer_list<const char*> texts) {
    std::vector<TopicFilter> out;
    for (const char* text : texts) out.push_back(TopicFilter::parse(text).value());
    return out;
}

/// As librdkafka asks: a POSIX extended regular expression where it begins with `^`, else the name.
bool is_subscribed(const Texts& subscriptions, const std::string& name) {
    for (const std::string& one : subscriptions) {
        if (one[0] != '^') {
            if (one == name) return true;
            continue;
        }
        regex_t compiled;
        REQUIRE(regcomp(&compiled, one.c_str(), REG_EXTENDED | REG_NOSUB) == 0);
        const bool matches = regexec(&compiled, name.c_str(), 0, nullptr, 0) == 0;
        regfree(&compiled);
        if (matches) return true;
    }
    return false;
}

std::string random_topic(std::mt19937& random) {
    static const std::vector<std::string> pieces{"a", "b", "Z", "0", "/", "/", "/", ".", "-", "_", "-h", "-2D", " ", "\xC3\xBC", "%", "$", "00"};
    std::string topic;
    const auto count = 1 + random() % 12;
    for (unsigned i = 0; i < count; ++i) topic += pieces[random() % pieces.size()];
    if (random() % 50 == 0) topic.append(150 + random() % 200, 'x');
    return topic;
}

}  // namespace

TEST_CASE("levels are joined by dots; everything but letters and digits is escaped") {
    CHECK(names.name_of("sensors/7/Temperature").value() == "sensors.7.Temperature");
    CHECK(names.name_of("a.b/c").value() == "a-2Eb.c");
    CHECK(names.name_of("/lead").value() == "-00.lead");
    CHECK(names.name_of("a//b").value() == "a.-00.b");
    CHECK(names.name_of("trail/").value() == "trail.-00");
    CHECK(names.name_of("sp ace/\xC3\xBC").value() == "sp-20ace.-C3-BC");
    CHECK(names.name_of("a_b-c").value() == "a-5Fb-2Dc");
    CHECK(names.name_of("$SYS/x").value() == "-24SYS.x");
    CHECK(names.name_of("/").value() == "-00.-00");
}

TEST_CASE("a long name is cut and ends in a hash, which does not tell the topic") {
    const std::string longest = std::string(200, 'x');
    CHECK(names.name_of(longest).value() == longest);
    const std::string name = names.name_of(longest + "y").value();
    CHECK(name.size() == 218);
    CHECK(name.substr(0, 202) == longest + "-h");
    CHECK(names.is_shortened(name));
    CHECK(names.topic_of(name).has_error());
    CHECK(name != names.name_of(longest + "z").value());
    CHECK_FALSE(names.is_shortened(longest));
}

TEST_CASE("every topic has a name of its own that Kafka takes, and that gives it back") {
    std::mt19937 random(7);
    std::map<std::string, std::string> seen;  // as Kafka compares: '.' and '_' are the same to its metrics
    for (int i = 0; i < 100'000; ++i) {
        const std::string topic = random_topic(random);
        const std::string name = names.name_of(topic).value();
        REQUIRE(kafka::is_kafka_name(name));
        REQUIRE(name.find('_') == std::string::npos);
        REQUIRE(seen.emplace(name, topic).first->second == topic);
        if (!names.is_shortened(name)) REQUIRE(names.topic_of(name).value() == topic);
    }
}

TEST_CASE("of names that others gave, hyphens and underlines stand for themselves") {
    CHECK(names.topic_of("orders_v1.new-ones").value() == "orders_v1/new-ones");
    CHECK(names.topic_of("ends-").value() == "ends-");
    CHECK(names.topic_of("-2").value() == "-2");
    CHECK(names.topic_of("a-2Bb").has_error());  // a plus sign is in no topic
}

TEST_CASE("a prefix stands before every name, and names without it are nobody's") {
    const TopicNames prefixed("plant.");
    CHECK(prefixed.name_of("a/b").value() == "plant.a.b");
    CHECK(prefixed.topic_of("plant.a.b").value() == "a/b");
    CHECK(prefixed.topic_of("other.a.b").has_error());
    CHECK(prefixed.name_of(std::string(200, 'x')).value().size() == 218);
    CHECK(prefixed.subscriptions(filters({"#"}))[1] == "^plant\\..+$");
}

TEST_CASE("verbatim names are what others gave; what Kafka has no name for is an error") {
    CHECK(verbatim.name_of("orders_v1/new-ones").value() == "orders_v1.new-ones");
    CHECK(verbatim.topic_of("orders_v1.new-2Dones").value() == "orders_v1/new-2Dones");
    CHECK(verbatim.name_of("sp ace").has_error());
    CHECK(verbatim.name_of("a.b").has_error());  // that is a/b
    CHECK(verbatim.name_of(std::string(250, 'x')).has_error());
    CHECK(verbatim.subscriptions(filters({"orders_v1", "sp ace"})) == Texts{"orders_v1"});
}

TEST_CASE("a filter without wildcards is a name, one with wildcards a regular expression") {
    CHECK(names.subscriptions(filters({"a/b", "a/b", "c"})) == Texts{"a.b", "c"});
    CHECK(names.subscriptions(filters({"a/+/c"})) == Texts{"^a.*-h[0-9a-f]{16}$", "^a\\.[^.]+\\.c$"});
    CHECK(names.subscriptions(filters({"a/#"})) == Texts{"^a(\\..+)?$", "^a.*-h[0-9a-f]{16}$"});
    CHECK(names.subscriptions(filters({"#"})) == Texts{"^.*-h[0-9a-f]{16}$", "^.+$"});
    CHECK(names.subscriptions(filters({"+/b"})) == Texts{"^.*-h[0-9a-f]{16}$", "^[^.]+\\.b$"});
}

TEST_CASE("whatever a filter asks for is subscribed to") {
    std::mt19937 random(11);
    const auto asked = {"#", "+", "+/+", "a/#", "a/+", "a/+/b", "/+", "+/b/#", "a.b/#", "+/", "-/#", "$/#"};
    std::size_t matches = 0;
    for (const char* text : asked) {
        const auto filter = filters({text});
        const Texts subscriptions = names.subscriptions(filter);
        for (int i = 0; i < 2000; ++i) {
            const std::string topic = random_topic(random);
            if (!filter[0].matches(topic)) continue;
            ++matches;
            CHECK_MESSAGE(is_subscribed(subscriptions, names.name_of(topic).value()), text << " asks for " << topic);
        }
    }
    CHECK(matches > 1000);
}

TEST_CASE("a filter's regular expression is no wider than it must be") {
    CHECK_FALSE(is_subscribed(names.subscriptions(filters({"a/+/c"})), "a.b.x.c"));
    CHECK_FALSE(is_subscribed(names.subscriptions(filters({"a/#"})), "ab"));
    CHECK_FALSE(is_subscribed(names.subscriptions(filters({"+/b"})), "xb"));
}
