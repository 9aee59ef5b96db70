#include "tests/contract/bench.hpp"
#include "tests/support/random_message.hpp"

// What travels beside topic and payload: from one backend's sink, through the other side, to another backend's source.

using namespace rialto;
using namespace rialto::contract;

namespace {

const bool carries =
    claimed_abilities().reads && claimed_abilities().writes && claimed_abilities().carries.has_all(FieldSet::properties());

/// The names of the fields that are not the same.
std::string differences(const Properties& a, const Properties& b) {
    std::string names;
    const auto compare = [&names](bool is_same, const char* name) {
        if (!is_same) names += std::string(name) + " ";
    };
    compare(a.body_kind == b.body_kind, a.body_kind == BodyKind::text ? "body-kind (text, was opaque)" : "body-kind (opaque, was text)");
    compare(a.content_type == b.content_type, "content-type");
    compare(a.content_encoding == b.content_encoding, "content-encoding");
    compare(a.message_id == b.message_id, "message-id");
    compare(a.correlation_id == b.correlation_id, "correlation-id");
    compare(a.reply_to == b.reply_to, "reply-to");
    compare(a.expires_at == b.expires_at, "expiry");
    compare(a.priority == b.priority, "priority");
    compare(a.timestamp == b.timestamp, "timestamp");
    compare(a.headers == b.headers, "headers");
    compare(a.key == b.key, "key");
    compare(a.traceparent == b.traceparent && a.tracestate == b.tracestate, "trace");
    compare(a.via == b.via, "via");
    return names;
}

struct Crossing {
    Properties of(const Properties& sent) {
        sink.send({"contract/properties", "x"}, std::make_unique<const Properties>(sent));
        REQUIRE(source.has(1));
        return source.reading.messages[0]->properties();
    }

    Bench bench;
    std::unique_ptr<Backend> there = bench.backend("reader");
    std::unique_ptr<Backend> here = bench.backend("writer");
    OpenSource source{bench, *there, {"contract/#"}};
    OpenSink sink{bench, *here};
};

}  // namespace

TEST_CASE_FIXTURE(Crossing, "the fields that messages have in most protocols survive the way" * doctest::skip(!carries)) {
    Properties sent;
    sent.body_kind = BodyKind::text;
    sent.content_type = "application/json";
    sent.content_encoding = "gzip";
    sent.reply_to = "contract/replies/7";
    sent.priority = 7;
    sent.timestamp = WallTime(std::chrono::milliseconds(1'700'000'000'123));
    sent.key = Bytes("device-7");
    sent.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    sent.tracestate = "vendor=1";
    CHECK(of(sent) == sent);
}

TEST_CASE_FIXTURE(Crossing, "headers keep their order, their repeats and their awkward characters" * doctest::skip(!carries)) {
    Properties sent;
    sent.headers = {{"b", std::string("1")}, {"a", std::string("2")},           {"b", std::string("3")},
                    {"", std::string("")},   {"na:me \xC3\xBC", std::string("l1\nl2")}, {"priority!", std::string("x")}};
    CHECK(of(sent).headers == sent.headers);
}

TEST_CASE_FIXTURE(Crossing, "headers keep the types of their values" * doctest::skip(!carries)) {
    Properties sent;
    sent.headers = {{"null", std::monostate()},
                    {"yes", true},
                    {"int", std::int64_t{-7}},
                    {"uint", std::uint64_t{18446744073709551615U}},
                    {"double", 0.1},
                    {"text", std::string("7")},
                    {"binary", Binary{Bytes("\0\xFF", 2)}},
                    {"time", WallTime(std::chrono::milliseconds(1'700'000'000'123))},
                    {"uuid", Uuid{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255}}},
                    {"json", Json{R"({"a":[1,2]})"}}};
    CHECK(of(sent).headers == sent.headers);
}

TEST_CASE_FIXTURE(Crossing, "message and correlation ids keep their types" * doctest::skip(!carries)) {
    Properties sent;
    sent.message_id = std::uint64_t{42};
    sent.correlation_id = Binary{Bytes("\xFF\x00\x01", 3)};
    const Properties arrived = of(sent);
    CHECK(arrived.message_id == sent.message_id);
    CHECK(arrived.correlation_id == sent.correlation_id);
}

TEST_CASE_FIXTURE(Crossing, "a textual correlation id is text again" * doctest::skip(!carries)) {
    Properties sent;
    sent.message_id = std::string("id-1");
    sent.correlation_id = std::string("request-1");
    const Properties arrived = of(sent);
    CHECK(arrived.message_id == sent.message_id);
    CHECK(arrived.correlation_id == sent.correlation_id);
}

TEST_CASE_FIXTURE(Crossing, "the routes that a message took are remembered" * doctest::skip(!carries)) {
    Properties sent;
    sent.via = {"plant-7/commands", "plant-8/a route, with a comma"};
    CHECK(of(sent).via == sent.via);
}

TEST_CASE_FIXTURE(Crossing, "the time at which nobody wants the message any more survives the way" * doctest::skip(!carries)) {
    Properties sent;
    sent.expires_at = wall_now() + 100s;
    const auto arrived = of(sent).expires_at;
    REQUIRE(arrived.has_value());
    CHECK(std::chrono::abs(*arrived - *sent.expires_at) <= 2s);  // whole seconds on some wires, rounded up at each end
}

TEST_CASE_FIXTURE(Crossing, "a thousand random messages arrive in order and as they went" * doctest::skip(!carries)) {
    constexpr std::size_t count = 1000;
    constexpr std::size_t batch = 100;
    test::Dice dice(false);
    std::vector<Properties> sent;
    while (sent.size() < count) {
        for (std::size_t i = 0; i < batch; ++i) {
            Properties properties = dice.properties();
            if (properties.priority) properties.priority = 4;  // some brokers deliver what is more urgent first
            if (properties.expires_at) properties.expires_at = wall_now() + std::chrono::seconds(100 + dice.below(100'000));
            sent.push_back(properties);
            sink.send({"contract/random", std::to_string(sent.size())}, std::make_unique<const Properties>(std::move(properties)));
        }
        REQUIRE(source.has(sent.size()));
        for (std::size_t i = sent.size() - batch; i < sent.size(); ++i) source.reading.receipts[i].settle(Outcome::accepted);
        source.source->grant(batch);
    }
    std::size_t wrong = 0;
    std::string different;
    for (std::size_t i = 0; i < count; ++i) {
        Properties arrived = source.reading.messages[i]->properties();
        if (arrived.expires_at && sent[i].expires_at && std::chrono::abs(*arrived.expires_at - *sent[i].expires_at) <= 2s) {
            arrived.expires_at = sent[i].expires_at;
        }
        if (sent[i].priority == 4 && !arrived.priority) arrived.priority = 4;  // the usual one need not be told
        if (source.reading.payload(i) != std::to_string(i + 1)) different += "order ";
        different += differences(arrived, sent[i]);
        if (!different.empty() && ++wrong == 5) break;
        CHECK_MESSAGE(different.empty(), different);
        different.clear();
    }
}

TEST_CASE_FIXTURE(Crossing, "a message without properties has none afterwards" * doctest::skip(!carries)) {
    CHECK(of({}) == Properties{});
}
