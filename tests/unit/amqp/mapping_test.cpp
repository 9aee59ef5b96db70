#include <doctest/doctest.h>

#include <random>

#include "adapters/amqp/codec/reader.hpp"
#include "adapters/amqp/mapping.hpp"
#include "core/topic.hpp"

using namespace rialto;
using namespace rialto::amqp;
using std::chrono::milliseconds;

namespace {

const WallTime now{milliseconds(1'800'000'000'000)};

MessagePtr with(Properties properties, std::string_view payload = "body", Message::Traits traits = {Qos::at_least_once}) {
    return Message::create("t", as_bytes(payload), traits, std::make_unique<Properties>(std::move(properties)));
}

MessagePtr read(std::string_view octets, const DecodeForm& form = {}) {
    auto decoded = decode(octets, now, form);
    REQUIRE_MESSAGE(decoded.has_value(), decoded.error().message);
    if (!decoded->reply_to.empty()) decoded->make_properties().reply_to = decoded->reply_to;
    return decoded->to_message("t", false);
}

Bytes out(const Message& message, const EncodeForm& form = {}) { return encode(message, now, {"t", message.properties().reply_to}, form); }

MessagePtr round_trip(const Message& message, const EncodeForm& form = {}, const DecodeForm& back = {}) {
    return read(out(message, form), back);
}

Properties everything() {
    Properties all;
    all.body_kind = BodyKind::text;
    all.content_type = "text/plain";
    all.content_encoding = "gzip";
    all.message_id = std::uint64_t{77};
    all.correlation_id = Binary{std::string("\x00\xff\x10", 3)};
    all.reply_to = "replies/a";
    all.expires_at = now + milliseconds(5000);
    all.priority = 7;
    all.timestamp = WallTime(milliseconds(1'700'000'000'456));
    all.key = "k1";
    all.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    all.tracestate = "a=b";
    all.via = {"gateway/route", "other/one, two"};
    all.headers = {{"null", Value{}},         {"yes", true},
                   {"int", std::int64_t{-5}}, {"big", std::uint64_t{UINT64_MAX}},
                   {"real", 0.25},            {"text", std::string("a:b\nc")},
                   {"octets", Binary{"\xff"}}, {"when", WallTime(milliseconds(5))},
                   {"uuid", Uuid{{9, 8, 7}}}, {"json", Json{R"({"a":[1]})"}},
                   {"x-annotation", std::int64_t{3}}};
    return all;
}

/// What a decoder gets whose body is one section of another kind than data.
Bytes with_body(std::string_view body_section) { return Bytes(body_section); }

std::string text_of_payload(const MessagePtr& message) { return std::string(as_text(message->payload())); }

}  // namespace

TEST_CASE("a message with everything comes back as it was") {
    const MessagePtr message = with(everything(), "grün");
    const MessagePtr back = round_trip(*message);
    CHECK(text_of_payload(back) == "grün");
    CHECK(back->qos() == Qos::at_least_once);
    CHECK(back->properties() == message->properties());
}

TEST_CASE("a message with nothing has no properties") {
    const MessagePtr message = Message::create("t", as_bytes("x"), {Qos::at_most_once});
    const MessagePtr back = round_trip(*message);
    CHECK_FALSE(back->has_properties());
    CHECK(back->qos() == Qos::at_most_once);
    CHECK(text_of_payload(back) == "x");
}

TEST_CASE("ids keep their four types") {
    for (const Id& id : {Id(std::string("text")), Id(std::uint64_t{0}), Id(Uuid{{1, 2}}), Id(Binary{"text"}), Id(std::string())}) {
        Properties properties;
        properties.message_id = id;
        properties.correlation_id = id;
        CHECK(round_trip(*with(properties))->properties().message_id == id);
        CHECK(round_trip(*with(properties))->properties().correlation_id == id);
    }
}

TEST_CASE("names that repeat, and the order of all, come back by the annotation") {
    Properties properties;
    properties.headers = {{"x-first", std::string("1")}, {"a", std::string("2")}, {"a", Binary{"\xfe"}}, {"x-first", true}, {"b", Value{}}};
    CHECK(round_trip(*with(properties))->properties().headers == properties.headers);
}

TEST_CASE("what was changed on the way counts more than the list of repeats") {
    Properties properties;
    properties.headers = {{"a", std::string("1")}, {"a", std::string("2")}, {"gone", true}};
    Bytes octets = out(*with(properties));
    // As a broker does that rewrites one application property: its name and first value stand before the list's copy.
    const std::size_t at = octets.rfind("\xa1\x04gone");
    REQUIRE(at != std::string::npos);
    octets.replace(at, 6, "\xa1\x04here");
    const auto headers = read(octets)->properties().headers;
    CHECK(headers == std::vector<Header>{{"a", std::string("1")}, {"a", std::string("2")}, {"here", true}});
}

TEST_CASE("a user's header can't pass for one of ours") {
    Properties properties;
    properties.headers = {{"retain", true}, {"rialto-body", std::string("text")}, {"x-opt-rialto-via", std::string("spoof")},
                          {"u.retain", std::string("x")}, {"", std::string("nameless")}};
    const MessagePtr back = round_trip(*with(properties));
    CHECK_FALSE(back->is_retained());
    CHECK(back->properties() == properties);
}

TEST_CASE("retain, key octets and content types that are no ASCII have places") {
    Properties properties;
    properties.key = std::string("\xff\0", 2);
    properties.content_type = "text/grün";
    properties.content_encoding = "größe";
    const MessagePtr back = round_trip(*with(properties, "x", {Qos::at_least_once, true}));
    CHECK(back->is_retained());
    CHECK(back->properties() == properties);
}

TEST_CASE("expiry is the earlier of ttl and absolute time") {
    Properties properties;
    properties.expires_at = now + milliseconds(9000);
    const Bytes octets = out(*with(properties));
    CHECK(read(octets)->properties().expires_at == now + milliseconds(9000));
    const auto later = decode(octets, now + milliseconds(100));
    CHECK(later->properties->expires_at == now + milliseconds(9000));
    const auto earlier = decode(octets, now - milliseconds(100));
    CHECK(earlier->properties->expires_at == now + milliseconds(8900));
}

TEST_CASE("text goes as an amqp-value where that is wanted, and comes back as text") {
    Properties properties;
    properties.body_kind = BodyKind::text;
    properties.content_type = "text/plain";
    const MessagePtr message = with(properties, "hello");
    const Bytes octets = out(*message, {.text_as_value = true});
    CHECK(octets.ends_with(std::string_view("\0\x53\x77\xa1\x05hello", 10)));
    CHECK(read(octets)->properties() == properties);
    CHECK(text_of_payload(read(octets)) == "hello");
}

TEST_CASE("a body that is text says so where nothing else does") {
    const MessagePtr message = read(with_body({"\0\x53\x77\xa1\x02hi", 7}));
    CHECK(text_of_payload(message) == "hi");
    CHECK(message->properties().body_kind == BodyKind::text);
    CHECK(message->properties().content_type == "text/plain;charset=utf-8");
    CHECK(message->qos() == Qos::at_least_once);  // durable where nothing is said
}

TEST_CASE("several data sections are one payload, null is an empty one") {
    CHECK(text_of_payload(read({"\0\x53\x75\xa0\x02" "ab\0\x53\x75\xa0\x01" "c", 13})) == "abc");
    CHECK(text_of_payload(read({"\0\x53\x77\x40", 4})).empty());
    CHECK(text_of_payload(read({"\0\x53\x77\xa0\x01\xff", 6})) == "\xff");
    CHECK(text_of_payload(read("")).empty());
}

TEST_CASE("a map is JSON, and goes back as a map") {
    Bytes octets("\0\x53\x77", 3);
    REQUIRE(append_json(R"({"a":1,"b":[true,null]})", octets));
    const MessagePtr message = read(octets);
    CHECK(text_of_payload(message) == R"({"a":1,"b":[true,null]})");
    CHECK(message->properties().content_type == "application/json");
    CHECK(message->properties().headers == std::vector<Header>{{"rialto-body", std::string("amqp-value")}});
    CHECK(payload_behind(*message).empty());
    CHECK(out(*message).ends_with(octets));
}

TEST_CASE("what JSON can't say stays encoded, and goes back as it came") {
    const Bytes uuid("\0\x53\x77\x98" "0123456789abcdef", 20);
    const MessagePtr message = read(uuid);
    CHECK(message->properties().content_type == "message/vnd.rabbitmq.amqp");
    CHECK(text_of_payload(message) == uuid);
    CHECK(out(*message).ends_with(uuid));
    const Bytes sequences("\0\x53\x76\xc0\x02\x01\x41\0\x53\x76\x45", 11);
    CHECK(text_of_payload(read(sequences)) == sequences);
    CHECK(decode(uuid, now, {.values = ValuePolicy::reject}).error().code == Errc::invalid);
}

TEST_CASE("octets that only claim to be sections are data") {
    Properties properties;
    properties.content_type = "message/vnd.rabbitmq.amqp";
    for (const std::string_view claim : {std::string_view("\xff\xff"), std::string_view("\0\x53\x70\x45", 4), std::string_view()}) {
        const MessagePtr back = round_trip(*with(properties, claim));
        CHECK(text_of_payload(back) == claim);
        CHECK(back->properties() == properties);
    }
}

TEST_CASE("names are fit for JMS where that is wanted") {
    Properties properties;
    properties.headers = {{"a-b", std::string("1")}, {"j-s", Json{"[1]"}}};
    const MessagePtr message = with(properties);
    const Bytes octets = out(*message, {.jms_safe_names = true});
    CHECK(octets.find("a_HYPHEN_b") != std::string::npos);
    CHECK(read(octets, {.jms_safe_names = true})->properties() == properties);
}

TEST_CASE("AMQP's own fields are headers, and go back") {
    Properties properties;
    properties.headers = {{"amqp-subject", std::string("s")}, {"amqp-group-sequence", std::uint64_t{3}},
                          {"amqp-reply-to-group-id", std::string("g")}, {"own", true}};
    const MessagePtr message = with(properties);
    const Bytes octets = out(*message);
    CHECK(octets.find("amqp-subject") == std::string::npos);
    CHECK(decode(octets, now)->subject == "s");
    CHECK(read(octets)->properties() == properties);
}

TEST_CASE("no beginning of a message is read beyond its end") {
    const Bytes octets = out(*with(everything()));
    for (std::size_t size = 0; size < octets.size(); ++size) {
        const Bytes part = octets.substr(0, size);
        static_cast<void>(decode(part, now));
    }
    CHECK(decode("\x41", now).error().code == Errc::protocol);
}

namespace {

/// Messages that no person would write.
class Dice {
public:
    explicit Dice(unsigned seed) : random_(seed) {}
    std::size_t below(std::size_t most) { return random_() % most; }
    bool one_in(std::size_t n) { return below(n) == 0; }

    std::string text() {
        static const std::array<std::string, 8> pieces{"a", "x-", "u.", "ü", "\n", ":", "\xf0\x9f\x98\x80", "retain"};
        std::string made;
        for (std::size_t i = below(5); i > 0; --i) made += pieces[below(pieces.size())];
        return made;
    }
    Bytes octets() {
        Bytes made(below(300), '\0');
        for (char& c : made) c = static_cast<char>(random_());
        return made;
    }
    Value value() {
        switch (below(10)) {
            case 0:
                return {};
            case 1:
                return one_in(2);
            case 2:
                return static_cast<std::int64_t>(random_()) - (std::int64_t{1} << below(62));
            case 3:
                return std::uint64_t{random_()} << below(30);
            case 4:
                return static_cast<double>(random_()) / 7;
            case 5:
                return Binary{octets()};
            case 6:
                return WallTime(milliseconds(static_cast<std::int64_t>(random_())));
            case 7:
                return uuid();
            case 8:
                return Json{R"(["a",1])"};
            default:
                return text();
        }
    }
    Uuid uuid() {
        Uuid made;
        for (auto& octet : made.bytes) octet = static_cast<std::uint8_t>(random_());
        return made;
    }
    Id id() {
        switch (below(5)) {
            case 0:
                return text();
            case 1:
                return std::uint64_t{random_()};
            case 2:
                return uuid();
            case 3:
                return Binary{octets()};
            default:
                return {};
        }
    }
    Properties properties() {
        Properties made;
        if (one_in(2)) made.body_kind = BodyKind::text;
        if (one_in(2)) made.content_type = text();
        if (one_in(3)) made.content_encoding = text();
        made.message_id = id();
        made.correlation_id = id();
        if (one_in(3)) made.reply_to = "r/" + text();
        if (one_in(3)) made.expires_at = now + milliseconds(1 + static_cast<std::int64_t>(below(1'000'000)));
        if (one_in(3)) made.priority = std::array<std::uint8_t, 3>{0, 7, 9}[below(3)];
        if (one_in(3)) made.timestamp = WallTime(milliseconds(1 + static_cast<std::int64_t>(random_())));
        if (one_in(3)) made.key = one_in(2) ? octets() : text();
        if (one_in(3)) made.traceparent = text();
        if (one_in(3)) made.tracestate = text();
        for (std::size_t i = below(4); i > 0; --i) made.via.push_back(text());
        for (std::size_t i = below(6); i > 0; --i) made.headers.push_back({text(), value()});
        return made;
    }

    /// As a route or a broker on the way may do.
    MessagePtr change(const Message& message) {
        auto made = std::make_unique<Properties>(message.properties());
        Message::Traits traits = message.traits();
        if (one_in(3)) made->headers.push_back({text(), value()});
        if (one_in(3) && !made->headers.empty()) made->headers.erase(made->headers.begin() + static_cast<long>(below(made->headers.size())));
        if (one_in(3)) made->via.push_back(text());
        if (one_in(3)) made->message_id = std::uint64_t{below(9)};
        if (one_in(3)) made->traceparent = text();
        if (one_in(3)) made->expires_at = WallTime(milliseconds(1'800'000'000'500));
        if (one_in(3)) made->reply_to = text();
        if (one_in(3)) traits.retain = !traits.retain;
        return Message::rewrite(message, message.topic(), traits, std::move(made));
    }

private:
    std::mt19937 random_;
};

}  // namespace

TEST_CASE("twenty thousand random messages come back as they were, in every form") {
    Dice dice(20241);
    for (int i = 0; i < 20'000; ++i) {
        const bool is_text = dice.one_in(2);
        Properties properties = dice.properties();
        properties.body_kind = is_text ? BodyKind::text : BodyKind::opaque;
        if (is_text && properties.content_type.empty()) properties.content_type = "text/plain";
        const MessagePtr message =
            with(properties, is_text ? dice.text() : dice.octets(), {dice.one_in(2) ? Qos::at_least_once : Qos::at_most_once, dice.one_in(4)});
        const EncodeForm form{.text_as_value = dice.one_in(2), .x_names_as_annotations = dice.one_in(2), .jms_safe_names = dice.one_in(2)};
        const MessagePtr back = round_trip(*message, form, {.jms_safe_names = form.jms_safe_names});
        REQUIRE(back->properties() == message->properties());
        REQUIRE(as_text(back->payload()) == as_text(message->payload()));
        REQUIRE(back->qos() == message->qos());
        REQUIRE(back->is_retained() == message->is_retained());
        const MessagePtr later = dice.one_in(2) ? back : dice.change(*back);
        const EncodeForm other{.text_as_value = dice.one_in(2), .jms_safe_names = dice.one_in(2)};
        const MessagePtr again = round_trip(*later, other, {.jms_safe_names = other.jms_safe_names});
        REQUIRE(again->properties() == later->properties());
        REQUIRE(as_text(again->payload()) == as_text(later->payload()));
        REQUIRE(again->is_retained() == later->is_retained());
    }
}
