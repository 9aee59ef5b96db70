#include "bridge/envelope.hpp"

#include <doctest/doctest.h>

#include "bridge/cloud_event.hpp"
#include "core/text_headers.hpp"

using namespace rialto;
using namespace rialto::bridge;

namespace {

Properties every_property() {
    Properties all;
    all.body_kind = BodyKind::text;
    all.content_type = "text/plain";
    all.content_encoding = "identity";
    all.message_id = Binary{Bytes("\xFF\x01", 2)};
    all.correlation_id = std::uint64_t{7};
    all.reply_to = "replies/7";
    all.expires_at = WallTime(std::chrono::milliseconds(4'000'000'000'123));
    all.priority = 9;
    all.timestamp = WallTime(std::chrono::milliseconds(1'700'000'000'456));
    all.headers = {{"a", std::string("1")}, {"b \"q\"", true}, {"a", Binary{Bytes("\x80")}}};
    all.key = Bytes("\xFE\xFF");
    all.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    all.tracestate = "v=1";
    all.via = {"here/a", "there/b,c"};
    return all;
}

MessagePtr message_of(std::string_view payload, Properties properties = every_property(), bool retain = false) {
    return Message::create("room/kitchen", as_bytes(payload), {Qos::at_least_once, retain},
                           std::make_unique<const Properties>(std::move(properties)));
}

/// As the transport brings it: topic and payload.
MessagePtr carried(const MessagePtr& sealed) { return Message::create(sealed->topic(), sealed->payload(), {Qos::at_least_once}); }

MessagePtr through(const Envelope& envelope, const MessagePtr& message) { return envelope.open(carried(envelope.seal(message))); }

std::string payload_of(const MessagePtr& message) { return std::string(as_text(message->payload())); }

const std::vector<std::string> payloads{"", "plain", "{\"a\":1}", "{\"a\": 1}\n", " 21.5", "21.5", "\"text\"", std::string("\0\xFF", 2), "\xC3\xBC\r\n",
                                        std::string("\xC1RLT\x01 not ours", 14), "{\"rialto\":1}"};

}  // namespace

TEST_CASE("a message comes out of a lossless envelope as it went in") {
    for (const auto form : {Envelope::Form::json, Envelope::Form::frame}) {
        const Envelope envelope(form);
        for (const std::string& payload : payloads) {
            const MessagePtr arrived = through(envelope, message_of(payload));
            CHECK(payload_of(arrived) == payload);
            CHECK(arrived->properties() == every_property());
        }
        CHECK(through(envelope, message_of("x", {}, true))->is_retained());
    }
}

TEST_CASE("a JSON envelope is what a script expects") {
    Properties some;
    some.content_type = "application/json";
    some.headers = {{"colour", std::string("red")}, {"colour", std::string("blue")}};
    CHECK(payload_of(Envelope(Envelope::Form::json).seal(message_of("{\"c\":21.5}", some))) ==
          R"({"rialto":1,"topic":"room/kitchen","headers":{"content-type":"application/json","colour":["red","blue"]},"data":{"c":21.5}})");
}

TEST_CASE("whatever the form of the envelope, each of them is opened") {
    for (const auto sent : {Envelope::Form::json, Envelope::Form::frame}) {
        for (const auto read : {Envelope::Form::json, Envelope::Form::frame, Envelope::Form::cloudevents}) {
            CHECK(Envelope(read).open(carried(Envelope(sent).seal(message_of("x"))))->properties() == every_property());
        }
    }
}

TEST_CASE("without an envelope nothing is opened and nothing is closed") {
    const MessagePtr sealed = carried(Envelope(Envelope::Form::frame).seal(message_of("x")));
    CHECK(Envelope().open(sealed) == sealed);
    CHECK(Envelope().seal(sealed) == sealed);
}

TEST_CASE("what is in no envelope, or in a torn one, comes as it is") {
    const Envelope envelope(Envelope::Form::frame);
    const std::string whole = payload_of(envelope.seal(message_of("x")));
    for (const std::string& payload : {std::string("plain"), std::string("{}"), std::string("{\"rialto\":2,\"text\":\"x\"}"),
                                       std::string("{\"rialto\":1,\"headers\":7,\"text\":\"x\"}"), whole.substr(0, 5), whole.substr(0, 9)}) {
        CHECK(payload_of(envelope.open(Message::create("a", as_bytes(payload), {}))) == payload);
    }
}

TEST_CASE("clearing a retained message needs an empty payload on every transport") {
    const MessagePtr sealed = Envelope(Envelope::Form::json).seal(message_of("", {}, true));
    CHECK(sealed->clears_retained());
}

TEST_CASE("a CloudEvent has what it must have, and the rest where there is a place") {
    Properties some;
    some.content_type = "application/json";
    some.message_id = std::string("id-1");
    some.timestamp = WallTime(std::chrono::milliseconds(1'700'000'000'456));
    some.key = Bytes("k");
    some.headers = {{"colour", std::string("red")}, {"Not-A-Name", std::string("x")}, {"count", std::int64_t{3}}};
    CHECK(payload_of(Envelope(Envelope::Form::cloudevents, "plant-7").seal(message_of("[1]", some))) ==
          R"({"specversion":"1.0","id":"id-1","source":"plant-7","type":"rialto.message","subject":"room/kitchen",)"
          R"("datacontenttype":"application/json","time":"2023-11-14T22:13:20.456Z","partitionkey":"k","colour":"red","count":3,"data":[1]})");
}

TEST_CASE("a CloudEvent gives back the payload to the byte") {
    const Envelope envelope(Envelope::Form::cloudevents, "here");
    for (const std::string& content_type : {std::string(), std::string("text/plain"), std::string("application/json")}) {
        for (const std::string& payload : payloads) {
            Properties some;
            some.content_type = content_type;
            CHECK(payload_of(through(envelope, message_of(payload, some))) == payload);
        }
    }
}

TEST_CASE("attributes of a stranger's CloudEvent become fields and headers") {
    const MessagePtr arrived = Envelope(Envelope::Form::cloudevents).open(Message::create("a", as_bytes(std::string_view(
        R"({"specversion":"1.0","id":"7","source":"/s","type":"t","time":"2018-04-05T17:31:00+02:00","x":true,"data":{"a": 1}})")), {}));
    CHECK(payload_of(arrived) == "{\"a\": 1}");
    CHECK(arrived->properties().message_id == Id(std::string("7")));
    CHECK(rfc3339_of(*arrived->properties().timestamp) == "2018-04-05T15:31:00.000Z");
    CHECK(arrived->properties().headers ==
          std::vector<Header>{{"source", std::string("/s")}, {"type", std::string("t")}, {"x", true}});
}
