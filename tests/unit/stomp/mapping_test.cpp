#include "adapters/stomp/mapping.hpp"

#include "adapters/stomp/header_names.hpp"
#include "adapters/stomp/value_text.hpp"
#include "tests/unit/stomp/decoding.hpp"

#include <random>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;
using std::chrono::milliseconds;

namespace {

MessagePtr with(Properties properties, std::string_view payload = "body", Message::Traits traits = {}) {
    return Message::create("t", as_bytes(payload), traits,
                           std::make_unique<Properties>(std::move(properties)));
}

/// The frame that a subscriber of that version reads.
Frame written(const MessagePtr& message, Version version = Version::v1_2) {
    Decoding decoded = decode("MESSAGE\n" + shared_part(*message, version), version);
    REQUIRE(decoded.frames.size() == 1);
    return std::move(decoded.frames[0]);
}

MessagePtr read(const Frame& frame) {
    return message_from(frame, "t", 0);
}

MessagePtr read(std::string_view headers, std::string_view body = "body") {
    return read(decode("SEND\n" + std::string(headers) + "\n" + std::string(body) + '\0').frames.at(0));
}

/// Out as MESSAGE and in again as SEND.
Properties round_trip(const Properties& properties, Version version = Version::v1_2) {
    return read(written(with(properties), version))->properties();
}

const Uuid uuid{{0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4, 5, 6, 7, 8}};

Properties everything() {
    Properties all;
    all.body_kind = BodyKind::text;
    all.content_type = "text/plain";
    all.content_encoding = "gzip";
    all.message_id = std::string("m1");
    all.correlation_id = Binary{std::string("\x00\xff\x10", 3)};
    all.reply_to = "replies/a";
    all.expires_at = WallTime(milliseconds(4'000'000'000'123));
    all.priority = 7;
    all.timestamp = WallTime(milliseconds(1'700'000'000'456));
    all.key = "k1";
    all.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    all.tracestate = "a=b";
    all.headers = {{"n", Value(std::int64_t{-5})},
                   {"u", Value(std::uint64_t{18'446'744'073'709'551'615U})},
                   {"b", Value(true)},
                   {"d", Value(0.1)},
                   {"raw", Value(Binary{"\x01\x02"})},
                   {"at", Value(WallTime(milliseconds(77)))},
                   {"id", Value(uuid)},
                   {"null", Value(std::monostate{})},
                   {"json", Value(Json{"[1,\n2]"})},
                   {"text", Value(std::string("a:b\r\nc\\d"))},
                   {"again", Value(std::string("1"))},
                   {"text", Value(std::string("second"))},
                   {"n", Value(0.5)},
                   {"", Value(std::string("no name"))},
                   {"destination", Value(std::string("x"))},
                   {"u.destination", Value(std::string("y"))},
                   {" padded ", Value(std::string(" padded\t"))}};
    return all;
}

}  // namespace

TEST_CASE("known headers go to their fields") {
    const auto message = read(
        "destination:t\ncontent-type:application/xml\ncontent-encoding:gzip\ncorrelation-id:c\nreply-to:/"
        "queue/r.s\nexpires:123\n"
        "priority:9\ntimestamp:456\napp-message-id:m\nJMSXGroupID:k\ntraceparent:tp\ntracestate:"
        "ts\npersistent:true\nretain:true\n");
    const Properties& properties = message->properties();
    CHECK(properties.content_type == "application/xml");
    CHECK(properties.content_encoding == "gzip");
    CHECK(properties.correlation_id == Id(std::string("c")));
    CHECK(properties.message_id == Id(std::string("m")));
    CHECK(properties.reply_to == "r/s");
    CHECK(properties.expires_at == WallTime(milliseconds(123)));
    CHECK(properties.timestamp == WallTime(milliseconds(456)));
    CHECK(properties.priority == 9);
    CHECK(properties.key == "k");
    CHECK(properties.traceparent == "tp");
    CHECK(properties.tracestate == "ts");
    CHECK(properties.headers.empty());
    CHECK(message->qos() == Qos::at_least_once);
    CHECK(message->is_retained());
}

TEST_CASE("a frame without such headers needs no properties") {
    CHECK_FALSE(read("destination:t\ncontent-length:4\n")->has_properties());
}

TEST_CASE("a value that its field can't hold stays a user's header") {
    const auto headers =
        read("priority:10\nexpires:soon\ntimestamp:-1\nreply-to:a/+\nretain:perhaps\n")->properties().headers;
    REQUIRE(headers.size() == 5);
    CHECK(headers[0] == Header{"priority", std::string("10")});
    CHECK(headers[3] == Header{"reply-to", std::string("a/+")});
}

TEST_CASE("zero is what JMS clients send for never") {
    const auto& properties = read("expires:0\ntimestamp:0\n")->properties();
    CHECK_FALSE(properties.expires_at);
    CHECK_FALSE(properties.timestamp);
    CHECK(properties.headers.empty());
}

TEST_CASE("a client can't say where a message has been or who sent it") {
    CHECK_FALSE(read("rialto-via:gateway/route\nJMSXUserID:root\nuser-id:root\n")->has_properties());
}

TEST_CASE("a payload is text where its content type says so and it is UTF-8") {
    const auto kind = [](std::string_view type, std::string_view body) {
        return read("content-type:" + std::string(type) + "\n", body)->properties().body_kind;
    };
    CHECK(kind("text/plain", "ü") == BodyKind::text);
    CHECK(kind("application/json", "{}") == BodyKind::text);
    CHECK(kind("application/xml;charset=UTF-8", "<a/>") == BodyKind::text);
    CHECK(kind("text/plain", "\xff") == BodyKind::opaque);
    CHECK(kind("text/plain;charset=latin1", "a") == BodyKind::opaque);
    CHECK(kind("application/octet-stream", "a") == BodyKind::opaque);
}

TEST_CASE("a message comes back from STOMP as it was, with its types, repeats and odd names") {
    for (const Version version : {Version::v1_0, Version::v1_1, Version::v1_2}) {
        CAPTURE(std::string(to_text(version)));
        const Properties before = everything();
        const Properties after = round_trip(before, version);
        REQUIRE(after.headers.size() == before.headers.size());
        for (std::size_t i = 0; i < before.headers.size(); ++i) {
            CAPTURE(before.headers[i].name);
            CHECK(after.headers[i] == before.headers[i]);
        }
        CHECK(after == before);
    }
}

TEST_CASE("every type of id comes back") {
    for (const Id& id : {Id(std::string("text")), Id(std::uint64_t{7}), Id(uuid), Id(Binary{"bytes"})}) {
        Properties properties;
        properties.message_id = properties.correlation_id = id;
        CHECK(round_trip(properties) == properties);
    }
}

TEST_CASE("a key that is not text comes back") {
    Properties properties;
    properties.key = Bytes("\xfe\x00"sv);
    CHECK(round_trip(properties) == properties);
}

TEST_CASE("text without a content type is written as plain text") {
    Properties properties;
    properties.body_kind = BodyKind::text;
    CHECK(header(written(with(properties)), "content-type") == "text/plain;charset=utf-8");
    properties.content_type = "application/xml";
    CHECK(round_trip(properties) == properties);
}

TEST_CASE("the first of repeated headers is written, the others in rialto-multi") {
    Properties properties;
    properties.headers = {
        {"a", Value(std::string("1"))}, {"b", Value(std::string("x"))}, {"a", Value(std::string("2,3"))}};
    const Frame frame = written(with(properties));
    CHECK(header(frame, "a") == "1");
    CHECK(header(frame, "rialto-multi") == "2/a/=2%2C3");
}

TEST_CASE("a user's header with a name of the protocol's is renamed") {
    Properties properties;
    properties.headers = {{"message-id", Value(std::string("x"))}, {"rialto-types", Value(std::string("y"))}};
    const Frame frame = written(with(properties));
    CHECK(header(frame, "u.message-id") == "x");
    CHECK(header(frame, "u.rialto-types") == "y");
    CHECK(is_renamed("u.u.ack"));
    CHECK_FALSE(is_renamed("u.mine"));
    CHECK_FALSE(is_renamed("JMSType"));
}

TEST_CASE("the sidecar headers appear only when needed") {
    Properties properties;
    properties.content_type = "text/plain";
    properties.headers = {{"a", Value(std::string("1"))}};
    const Frame frame = written(with(properties));
    CHECK(header(frame, "rialto-types") == "(none)");
    CHECK(header(frame, "rialto-multi") == "(none)");
    CHECK(header(frame, "rialto-body") == "(none)");
}

TEST_CASE("the places that a message has been are told") {
    Properties properties;
    properties.via = {"gw/one", "gw/two"};
    CHECK(header(written(with(properties)), "rialto-via") == "gw/one,gw/two");
}

TEST_CASE("what 1.1 and 1.0 can't escape is percent-encoded and marked") {
    Properties properties;
    properties.headers = {{"a", Value(std::string("x\ry%"))}};
    const Frame frame = written(with(properties), Version::v1_1);
    CHECK(header(frame, "a") == "x%0Dy%25");
    CHECK(header(frame, "rialto-types") == "a=%");
    CHECK(header(written(with(properties), Version::v1_2), "a") == "x\ry%");
}

TEST_CASE("marks that make no sense are ignored") {
    const auto message = read(
        "rialto-types:a=i,b,=,c=zz,d=b\nrialto-multi:x,1/,9999999999999999999999/a/=b,5/n/i=x\na:no "
        "number\nd:###\n");
    const auto& headers = message->properties().headers;
    REQUIRE(headers.size() == 2);
    CHECK(headers[0] == Header{"a", std::string("no number")});
    CHECK(headers[1] == Header{"d", std::string("###")});
}

TEST_CASE("at-least-once is written as persistent, and a body's length in octets") {
    const auto message = Message::create("t", as_bytes("ü"), {.qos = Qos::at_least_once});
    CHECK(shared_part(*message, Version::v1_2) == "persistent:true\ncontent-length:2\n\nü\0"sv);
}

TEST_CASE("values as text read back to themselves") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 2'000; ++round) {
        std::string bytes(random() % 20, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        const double number = std::bit_cast<double>(random());
        for (const Value& value : {Value(Binary{bytes}), Value(static_cast<std::int64_t>(random())),
                                   Value(random()), Value(number == number ? number : 0.0)}) {
            REQUIRE(value_from(type_letter(value), value_text(value)) == value);
        }
        CHECK(percent_decoded(percent_encoded(bytes, "/,")) == bytes);
    }
    CHECK(value_text(Value(uuid)) == "12345678-9abc-def0-0102-030405060708");
    CHECK(value_text(Value(Binary{"any carnal pleas"})) == "YW55IGNhcm5hbCBwbGVhcw==");
}

TEST_CASE("random properties come back from every version") {
    std::mt19937 random(11);
    const std::string alphabet = "ab:\\\n\r%,=/ \t.u";
    const auto text = [&](std::size_t most) {
        std::string out;
        for (auto length = random() % (most + 1); length > 0; --length)
            out.push_back(alphabet[random() % alphabet.size()]);
        return out;
    };
    for (int round = 0; round < 5'000; ++round) {
        Properties properties;
        for (auto count = random() % 6; count > 0; --count)
            properties.headers.push_back({text(3), Value(text(6))});
        if (random() % 2) properties.correlation_id = text(5) + "c";
        const auto version = static_cast<Version>(random() % 3);
        CAPTURE(std::string(to_text(version)));
        REQUIRE(round_trip(properties, version) == properties);
    }
}
