#include "adapters/kafka/mapping.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace rialto;
using namespace rialto::kafka;

namespace {

const Layout own_topics;
const Layout one_topic{"events", TopicNames()};

MessagePtr message(std::string_view topic, std::string_view body, Properties properties = {}, bool retain = false) {
    return Message::create(topic, as_bytes(body), {Qos::at_least_once, retain},
                           std::make_unique<const Properties>(std::move(properties)));
}

MessagePtr there_and_back(const Message& sent, const Layout& layout) {
    Record record = to_record(sent, layout).value();
    if (!record.timestamp) record.timestamp = WallTime(std::chrono::milliseconds(1'700'000'000'999));  // as the client does
    return to_message(record, layout).value();
}

TextHeaders headers(std::initializer_list<TextHeader> list) { return list; }

}  // namespace

TEST_CASE("a plain message is a record with no more than the note that its time is not the producer's") {
    const Record record = to_record(*message("a/b", "body"), own_topics).value();
    CHECK(record.topic == "a.b");
    CHECK_FALSE(record.key.has_value());
    CHECK(record.value == "body");
    CHECK_FALSE(record.timestamp.has_value());
    CHECK(record.headers == headers({{"rialto-added", "timestamp"}}));
}

TEST_CASE("key and time have places of their own; the rest are headers") {
    Properties properties;
    properties.key = Bytes("k\0", 2);
    properties.timestamp = WallTime(std::chrono::milliseconds(1'700'000'000'123));
    properties.content_type = "text/plain";
    properties.headers = {{"b", std::string("1")}, {"raw", Binary{"\xFF"}}, {"b", std::string("2")}};
    const Record record = to_record(*message("a", "x", properties), own_topics).value();
    CHECK(record.key == Bytes("k\0", 2));
    CHECK(record.timestamp == properties.timestamp);
    CHECK(record.headers == headers({{"content-type", "text/plain"}, {"b", "1"}, {"raw", "\xFF"}, {"b", "2"}}));
}

TEST_CASE("in one topic for all the address is key and header") {
    const Record record = to_record(*message("a/b", "x"), one_topic).value();
    CHECK(record.topic == "events");
    CHECK(record.key == "a/b");
    CHECK(record.headers == headers({{"rialto-topic", "a/b"}, {"rialto-added", "key,timestamp"}}));
}

TEST_CASE("a key of the message's own stays, in one topic too") {
    Properties properties;
    properties.key = "device-7";
    const Record record = to_record(*message("a/b", "x", properties), one_topic).value();
    CHECK(record.key == "device-7");
    CHECK(there_and_back(*message("a/b", "x", properties), one_topic)->properties().key == "device-7");
    properties.key = "a/b";  // even one that is like the address
    CHECK(there_and_back(*message("a/b", "x", properties), one_topic)->properties().key == "a/b");
}

TEST_CASE("clearing a retained message is a tombstone, and a tombstone clears") {
    const Record record = to_record(*message("a/b", "", {}, true), own_topics).value();
    CHECK_FALSE(record.value.has_value());
    CHECK(record.key == "a/b");
    const MessagePtr back = to_message(Record{"a.b", "k", std::nullopt, {}, std::nullopt}, own_topics).value();
    CHECK(back->clears_retained());
    CHECK(to_record(*message("a/b", ""), own_topics).value().value == Bytes());  // empty is not nothing
}

TEST_CASE("an address whose name is cut travels in a header") {
    const std::string topic(300, 'x');
    const Record record = to_record(*message(topic, "x"), own_topics).value();
    CHECK(record.headers[0] == TextHeader{"rialto-topic", topic});
    CHECK(there_and_back(*message(topic, "x"), own_topics)->topic() == topic);
    Record without = record;
    without.headers.clear();
    CHECK(to_message(without, own_topics).has_error());
}

TEST_CASE("records that others wrote have their key, time and headers") {
    const Record record{"orders_v1", "k", "body", {{"x", "1"}}, WallTime(std::chrono::milliseconds(5))};
    const MessagePtr read = to_message(record, own_topics).value();
    CHECK(read->topic() == "orders_v1");
    CHECK(read->properties().key == "k");
    CHECK(read->properties().timestamp == record.timestamp);
    CHECK(read->properties().headers == std::vector<Header>{{"x", std::string("1")}});
}

TEST_CASE("in one topic for all, who tells no address is found by the key, and else by the name") {
    CHECK(to_message(Record{"events", "a/b", "x", {}, {}}, one_topic).value()->topic() == "a/b");
    CHECK(to_message(Record{"events", "no#topic", "x", {}, {}}, one_topic).value()->topic() == "events");
    CHECK(to_message(Record{"events", std::nullopt, "x", {}, {}}, one_topic).value()->topic() == "events");
    CHECK(to_message(Record{"events", "k", "x", {{"rialto-topic", "told/so"}}, {}}, one_topic).value()->topic() == "told/so");
    CHECK(to_message(Record{"events", "k", "x", {{"rialto-topic", "#"}}, {}}, one_topic).value()->topic() == "k");
}

TEST_CASE("a time before 1970 is kept") {
    Properties properties;
    properties.timestamp = WallTime(std::chrono::milliseconds(-5));
    CHECK(there_and_back(*message("a", "x", properties), own_topics)->properties() == properties);
}

TEST_CASE("every message comes back as it was, whatever it carries") {
    std::mt19937 random(3);
    const auto coin = [&] { return random() % 2 == 0; };
    const auto bytes = [&] {
        Bytes out;
        for (unsigned i = 0; i < random() % 6; ++i) out += static_cast<char>(random());
        return out;
    };
    const std::vector<std::string> words{"key", "timestamp", "rialto-x", "retain", "u.key", "", "a", "\xC3\xBC", "content-type"};
    const std::vector<std::string> topics{"a/b", "/", "a.b", "sp ace", std::string(260, 'y')};
    for (int i = 0; i < 20'000; ++i) {
        Properties sent;
        if (coin()) sent.key = bytes();
        if (coin()) sent.timestamp = WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(random()) - 1000));
        if (coin()) sent.content_type = "text/plain";
        if (coin()) sent.correlation_id = Binary{bytes()};
        if (coin()) sent.message_id = std::uint64_t{random()};
        if (coin()) sent.via = {"a,b%2C/x"};
        while (random() % 3 != 0) {
            const Value values[] = {bytes().empty() ? Value(true) : Value(Binary{bytes()}), words[random() % words.size()],
                                    std::int64_t{-7}, std::monostate()};
            sent.headers.push_back({words[random() % words.size()], values[random() % 4]});
        }
        const MessagePtr message_sent = message(topics[random() % topics.size()], coin() ? bytes() : "", sent, coin());
        const Layout& layout = coin() ? own_topics : one_topic;
        const MessagePtr back = there_and_back(*message_sent, layout);
        REQUIRE(back->topic() == message_sent->topic());
        REQUIRE(as_text(back->payload()) == as_text(message_sent->payload()));
        REQUIRE(back->is_retained() == message_sent->is_retained());
        REQUIRE(back->properties() == sent);
    }
}
