#include "adapters/kafka/settings.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/url.hpp"

using namespace rialto;
using rialto::kafka::Settings;

namespace {

Result<Settings> read(const std::string& url_text, const TextMap& own = {}) {
    const Url url = Url::parse(url_text).value();
    OptionValues options(kafka::options_schema());
    options.set("options", own);
    return kafka::settings_from({"k", url, options}, "gate");
}

/// The value that counts.
std::string property(const Settings& settings, std::string_view name) {
    const auto found = std::find_if(settings.properties.rbegin(), settings.properties.rend(),
                                    [name](const auto& one) { return one.first == name; });
    return found == settings.properties.rend() ? "" : found->second;
}

}  // namespace

TEST_CASE("the url says where, and in which topic") {
    const Settings settings = read("kafka://h:1234/events").value();
    CHECK(property(settings, "bootstrap.servers") == "h:1234");
    CHECK(settings.layout.topic == "events");
    CHECK(property(settings, "security.protocol") == "plaintext");
    CHECK(read("kafka://h").value().layout.is_one_topic() == false);
    CHECK(read("kafka://h/").value().layout.is_one_topic() == false);
    CHECK(property(read("kafka://h").value(), "bootstrap.servers") == "h:9092");
    CHECK(property(read("kafka://[::1]").value(), "bootstrap.servers") == "[::1]:9092");
}

TEST_CASE("several hosts share the port, and options name others") {
    CHECK(property(read("kafka://a,b,c:99").value(), "bootstrap.servers") == "a:99,b:99,c:99");
    CHECK(read("kafka://x", {{"bootstrap.servers", "a:1,b:2"}}).value().brokers == "a:1,b:2");
}

TEST_CASE("a password means SASL, and kafkas TLS") {
    const Settings settings = read("kafka://me:p%40ss@h").value();
    CHECK(property(settings, "security.protocol") == "sasl_plaintext");
    CHECK(property(settings, "sasl.mechanism") == "PLAIN");
    CHECK(property(settings, "sasl.password") == "p@ss");
    CHECK(property(read("kafkas://h").value(), "security.protocol") == "ssl");
    CHECK(property(read("kafkas://a:b@h").value(), "security.protocol") == "sasl_ssl");
    CHECK(read("kafka://me@h").has_error());
}

TEST_CASE("the group is the gateway's name") { CHECK(property(read("kafka://h").value(), "group.id") == "gate"); }

TEST_CASE("any property of librdkafka is taken, and says what is wrong with it") {
    CHECK(property(read("kafka://h", {{"compression.type", "lz4"}}).value(), "compression.type") == "lz4");
    CHECK(read("kafka://h", {{"compresion.type", "lz4"}}).error().message.find("compresion.type") != std::string::npos);
    CHECK(read("kafka://h", {{"compression.type", "wool"}}).error().message.find("wool") != std::string::npos);
    CHECK(read("kafka://h", {{"group.id", "x"}}).error().message.find("'group'") != std::string::npos);
    CHECK(read("kafka://h", {{"enable.auto.commit", "true"}}).has_error());
}

TEST_CASE("where a new group begins can be said") {
    CHECK_FALSE(read("kafka://h").value().reads_from_beginning);
    CHECK(read("kafka://h", {{"auto.offset.reset", "earliest"}}).value().reads_from_beginning);
    CHECK_FALSE(read("kafka://h", {{"auto.offset.reset", "latest"}}).value().reads_from_beginning);
}

TEST_CASE("a path that Kafka has no topic for is an error") {
    CHECK(read("kafka://h/a/b").has_error());
    CHECK(read("kafka://h/sp%20ace").has_error());
}
