#include "adapters/stomp/mapping.hpp"

#include "adapters/stomp/decoder.hpp"

#include <algorithm>
#include <initializer_list>
#include <random>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using std::chrono::milliseconds;

namespace {

Frame decoded(const std::string& bytes) {
    Decoder decoder;
    ByteView input = as_bytes(bytes);
    REQUIRE(decoder.next(input).value() == Decoded::frame);
    return std::move(decoder.frame());
}

Frame sent(const Message& message, const Addresses& addresses) {
    std::string bytes = "SEND\n" + lines_to_broker(message, Version::v1_2, addresses) + "\n";
    return decoded(bytes.append(as_text(message.payload())) + '\0');
}

/// What that broker does with a SEND before a subscriber sees it.
Frame through(const Frame& send, const Dialect& dialect, std::mt19937& random) {
    std::vector<std::pair<std::string, std::string>> lines;
    for (std::size_t i = 0; i < send.headers.size(); ++i) {
        const auto [name, value] = send.headers[i];
        if (dialect.hides_group && name == "JMSXGroupID") continue;
        lines.emplace_back(name == "JMSXGroupID" && !dialect.group.empty() ? dialect.group : name, value);
    }
    std::shuffle(lines.begin(), lines.end(), random);
    std::vector<std::pair<std::string, std::string>> added{{"subscription", "0"}, {"message-id", "1"}, {"ack", "2"},
                                                           {"destination", "x"},  {"receipt", "3"}};
    if (dialect.adds_priority && !send.headers.find("priority")) added.emplace_back("priority", "4");
    if (dialect.repeats_timestamp) added.emplace_back("timestamp", "1795290076001");
    if (dialect.adds_timestamp && !send.headers.find("expires")) added.emplace_back("expires", "0");
    Frame message;
    message.command = Command::message;
    message.body = send.body;
    for (const auto& [name, value] : added) message.headers.add(name, value);
    for (const auto& [name, value] : lines) message.headers.add(name, value);
    return message;
}

MessagePtr with(Properties properties, std::string_view payload = "body") {
    return Message::create("t", as_bytes(payload), {Qos::at_least_once}, std::make_unique<Properties>(std::move(properties)));
}

class RandomProperties {
public:
    explicit RandomProperties(std::mt19937& random) : random_(random) {}

    Properties next() {
        Properties out;
        if (maybe()) out.body_kind = BodyKind::text;
        if (maybe()) out.content_type = pick({"application/json", "text/plain", "image/png", "text/x;charset=latin1"});
        if (maybe()) out.content_encoding = text();
        if (maybe()) out.message_id = id();
        if (maybe()) out.correlation_id = id();
        if (maybe()) out.reply_to = "reply/" + pick({"a.b", "%2F", "*", "x y", ""});
        if (maybe()) out.expires_at = WallTime(milliseconds(4'000'000'000'123 + random_() % 100'000));
        if (maybe()) out.priority = random_() % 2 == 0 ? 0 : 9;
        if (maybe()) out.timestamp = WallTime(milliseconds(1'700'000'000'000 + random_() % 5 * 500));
        if (maybe()) out.key = maybe() ? text() : std::string("\xFF\x00", 2);
        if (maybe()) out.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        if (maybe()) out.tracestate = "a=b";
        if (maybe()) out.via = {"g/one", "h/a, route 100%"};
        for (auto left = random_() % 6; left != 0; --left) out.headers.push_back({name(), value()});
        return out;
    }

private:
    bool maybe() { return random_() % 3 == 0; }
    std::string pick(std::initializer_list<std::string_view> texts) {
        return std::string(texts.begin()[random_() % texts.size()]);
    }
    std::string text() { return pick({"x", "l1\nl2", "a:b", " padded ", "\\", "\xC3\xBC", "100%", "a,b=c/d", "\r"}); }
    std::string name() {
        return pick({"a", "b", "", "u.a", "u.u.", "priority", "timestamp", "destination", "expiration", "amqp-message-id",
                     "app-message-id", "JMSXGroupID", "JMSType", "_AMQ_GROUP_ID", "rialto-types", "x-death", "na:me \xC3\xBC",
                     "content-length", "transformation", "key", "receipt", "type", "reply-to", "expires"});
    }
    Id id() {
        switch (random_() % 4) {
            case 0: return std::string("id 1");
            case 1: return std::uint64_t{42};
            case 2: return Uuid{{1, 2, 3}};
            default: return Binary{std::string("\0\xFF", 2)};
        }
    }
    Value value() {
        switch (random_() % 10) {
            case 0: return std::monostate();
            case 1: return true;
            case 2: return std::int64_t{-7};
            case 3: return std::uint64_t{18'446'744'073'709'551'615U};
            case 4: return 0.1;
            case 5: return Binary{std::string("\0\xFF", 2)};
            case 6: return WallTime(milliseconds(1'700'000'000'123));
            case 7: return Uuid{{1, 2, 3}};
            case 8: return Json{R"({"a":[1,2]})"};
            default: return text();
        }
    }

    std::mt19937& random_;
};

const std::vector<std::string> dialects{"generic", "rabbitmq", "artemis", "activemq", "qpid"};

}  // namespace

TEST_CASE("every message comes back from every broker as it was") {
    std::mt19937 random(42);
    RandomProperties properties(random);
    for (const std::string& name : dialects) {
        CAPTURE(name);
        const Dialect& dialect = *dialect_of(name);
        const Addresses addresses(dialect);
        for (int i = 0; i < 20'000; ++i) {
            const MessagePtr message = with(properties.next(), i % 7 == 0 ? "" : "body");
            const MessagePtr back = message_from_broker(through(sent(*message, addresses), dialect, random), "t", addresses);
            const bool is_same =
                back->properties() == message->properties() && as_text(back->payload()) == as_text(message->payload());
            if (!is_same) FAIL(lines_to_broker(*message, Version::v1_2, addresses) << "came back as\n" << lines_to_broker(*back, Version::v1_2, addresses));
        }
    }
}

TEST_CASE("a message without properties has none afterwards, whatever the broker adds") {
    std::mt19937 random(1);
    for (const std::string& name : dialects) {
        CAPTURE(name);
        const Addresses addresses(*dialect_of(name));
        const MessagePtr message = Message::create("t", as_bytes("x"), {Qos::at_least_once});
        const MessagePtr back =
            message_from_broker(through(sent(*message, addresses), *dialect_of(name), random), "t", addresses);
        CHECK_FALSE(back->has_properties());
        CHECK(back->qos() == Qos::at_least_once);
    }
}

TEST_CASE("retain and quality of service survive the way") {
    const Addresses addresses(*dialect_of("generic"));
    for (const Message::Traits traits : {Message::Traits{Qos::at_most_once, true}, Message::Traits{Qos::at_least_once, false}}) {
        const MessagePtr message = Message::create("t", as_bytes("x"), traits);
        const MessagePtr back = message_from_broker(sent(*message, addresses), "t", addresses);
        CHECK(back->qos() == traits.qos);
        CHECK(back->is_retained() == traits.retain);
    }
}

TEST_CASE("RabbitMQ is told the time that is left, and the time itself goes with it") {
    const Addresses addresses(*dialect_of("rabbitmq"));
    Properties properties;
    properties.expires_at = wall_now() + std::chrono::seconds(100);
    properties.timestamp = WallTime(milliseconds(1'700'000'000'123));
    const Frame frame = sent(*with(properties), addresses);
    const auto left = std::stoll(std::string(frame.headers.find("expiration").value()));
    CHECK(left > 90'000);
    CHECK(left <= 100'000);
    CHECK(frame.headers.find("timestamp") == "1700000000");
    CHECK(frame.headers.find("rialto-timestamp") == "1700000000123");
}

TEST_CASE("what clients of the brokers themselves send is understood") {
    Frame rabbit = decoded(std::string("MESSAGE\nexpiration:60000\ntimestamp:1700000000\namqp-message-id:m\ntype:t\nx-death:y\n\nbody") + '\0');
    const MessagePtr from_rabbit = message_from_broker(rabbit, "t", Addresses(*dialect_of("rabbitmq")));
    const Properties& read = from_rabbit->properties();
    CHECK(*read.expires_at > wall_now() + std::chrono::seconds(50));
    CHECK(*read.timestamp == WallTime(milliseconds(1'700'000'000'000)));
    CHECK(read.message_id == Id(std::string("m")));
    CHECK(read.headers == std::vector<Header>{{"type", std::string("t")}});

    Frame jms = decoded(std::string("MESSAGE\npriority:4\nexpires:0\ntimestamp:1700000000123\nJMSXUserID:u\npersistent:false\n\ntext") + '\0');
    const MessagePtr from_jms = message_from_broker(jms, "t", Addresses(*dialect_of("activemq")));
    CHECK(from_jms->properties().body_kind == BodyKind::text);
    CHECK(*from_jms->properties().timestamp == WallTime(milliseconds(1'700'000'000'123)));
    CHECK_FALSE(from_jms->properties().priority);
    CHECK(from_jms->properties().headers.empty());
    CHECK(from_jms->qos() == Qos::at_most_once);
}

TEST_CASE("a topic whose name has to be shortened travels in a header") {
    const Addresses addresses(*dialect_of("rabbitmq"));
    const std::string topic = "a/" + std::string(300, 'x');
    const MessagePtr message = Message::create(topic, as_bytes("x"), {});
    CHECK(addresses.destination_of(topic).size() == std::string("/topic/").size() + 255);
    CHECK(sent(*message, addresses).headers.find("rialto-topic") == topic);
}

TEST_CASE("headers of one name, or one alone, need no word about their order") {
    const Addresses addresses(*dialect_of("rabbitmq"));
    Properties properties;
    properties.headers = {{"a", std::string("1")}};
    CHECK_FALSE(sent(*with(properties), addresses).headers.find("rialto-multi"));
}
