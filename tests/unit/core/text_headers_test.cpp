#include "core/text_headers.hpp"

#include <doctest/doctest.h>

#include "core/header_block.hpp"
#include "core/topic.hpp"
#include "tests/support/random_message.hpp"

using namespace rialto;
using rialto::test::Dice;

namespace {

MessagePtr message_with(Properties properties, bool retain = false) {
    return Message::create("a/b", as_bytes("x"), {Qos::at_least_once, retain},
                           std::make_unique<const Properties>(std::move(properties)));
}

Properties round_trip(const Properties& sent, const TextHeaderForm& form = {}) {
    auto read = read_text_headers(text_headers_of(*message_with(sent), form), form);
    return read.properties ? *read.properties : Properties{};
}

Properties full() {
    Properties all;
    all.body_kind = BodyKind::text;
    all.content_type = "application/json";
    all.content_encoding = "gzip";
    all.message_id = std::uint64_t{42};
    all.correlation_id = Binary{Bytes("\xFF\x00", 2)};
    all.reply_to = "replies/7";
    all.expires_at = WallTime(std::chrono::milliseconds(1'900'000'000'123));
    all.priority = 7;
    all.timestamp = WallTime(std::chrono::milliseconds(1'700'000'000'456));
    all.headers = {{"a", std::string("1")}, {"b", std::int64_t{-3}}, {"a", Binary{Bytes("\x80\x00", 2)}}};
    all.key = Bytes("\xFE", 1);
    all.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    all.tracestate = "vendor=1";
    all.via = {"one/route, with a comma", "two/100%"};
    return all;
}

std::string value_of_header(const TextHeaders& headers, std::string_view name) {
    for (const TextHeader& header : headers) {
        if (header.name == name) return header.value;
    }
    return "(none)";
}

}  // namespace

TEST_CASE("every property survives the way through text headers") { CHECK(round_trip(full()) == full()); }

TEST_CASE("a message without properties has no headers") {
    CHECK(text_headers_of(*Message::create("a", as_bytes("x"), {})).empty());
    CHECK(read_text_headers({}).properties == nullptr);
}

TEST_CASE("retain is a header of its own") {
    const auto headers = text_headers_of(*message_with({}, true));
    CHECK(headers == TextHeaders{{"retain", "true"}});
    CHECK(read_text_headers(headers).retain);
}

TEST_CASE("fields with a place of their own are neither written nor understood") {
    const TextHeaderForm form{.native = {Field::key, Field::timestamp}};
    const auto headers = text_headers_of(*message_with(full()), form);
    CHECK(value_of_header(headers, "key") == "(none)");
    CHECK(value_of_header(headers, "timestamp") == "(none)");
    const TextHeaders foreign{{"timestamp", "yesterday"}};
    CHECK(read_text_headers(foreign, form).properties->headers == std::vector<Header>{{"timestamp", std::string("yesterday")}});
}

TEST_CASE("bytes travel as they are where they may, and in base64 elsewhere") {
    Properties sent;
    sent.headers = {{"raw", Binary{Bytes("\x80\x81")}}, {"looks like text", Binary{Bytes("abc")}}};
    const auto in_base64 = text_headers_of(*message_with(sent));
    CHECK(value_of_header(in_base64, "raw") == "gIE=");
    CHECK(value_of_header(in_base64, "rialto-types") == "raw=b,looks like text=b");
    const TextHeaderForm form{.takes_bytes = true};
    const auto as_they_are = text_headers_of(*message_with(sent), form);
    CHECK(value_of_header(as_they_are, "raw") == "\x80\x81");
    CHECK(value_of_header(as_they_are, "rialto-types") == "looks like text=B");
    CHECK(round_trip(sent, form) == sent);
}

TEST_CASE("a header of the user's with the name of a field travels under another name") {
    Properties sent;
    sent.headers = {{"priority", std::string("3")}, {"u.priority", std::string("3")}, {"u.x", std::string("3")}};
    const auto headers = text_headers_of(*message_with(sent));
    CHECK(headers == TextHeaders{{"u.priority", "3"}, {"u.u.priority", "3"}, {"u.x", "3"}});
    CHECK(round_trip(sent) == sent);
}

TEST_CASE("a header that nobody would take for the field keeps its name") {
    Properties sent;
    sent.headers = {{"priority", std::string("urgent")}, {"timestamp", std::string("yesterday")}};
    CHECK(text_headers_of(*message_with(sent)) == TextHeaders{{"priority", "urgent"}, {"timestamp", "yesterday"}});
    CHECK(round_trip(sent) == sent);
}

TEST_CASE("a field of a stranger that makes no sense stays a header") {
    const TextHeaders foreign{{"priority", "urgent"}, {"timestamp", "yesterday"}, {"expires", "2"}};
    const auto read = read_text_headers(foreign);
    CHECK(read.properties->headers ==
          std::vector<Header>{{"priority", std::string("urgent")}, {"timestamp", std::string("yesterday")}});
    CHECK(read.properties->expires_at == WallTime(std::chrono::milliseconds(2)));
}

TEST_CASE("a hundred thousand random messages come back as they went, in every form") {
    Dice dice;
    const std::array<TextHeaderForm, 3> forms{TextHeaderForm{}, TextHeaderForm{.takes_bytes = true},
                                              TextHeaderForm{.takes_bytes = true, .user_prefix = "h:"}};
    std::size_t wrong = 0;
    for (int round = 0; round < 100'000; ++round) {
        const Properties sent = dice.properties();
        if (round_trip(sent, forms[static_cast<std::size_t>(round) % forms.size()]) != sent) ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("a header block reads back as what was written, whatever is in it") {
    Dice dice;
    for (int round = 0; round < 1'000; ++round) {
        const auto headers = text_headers_of(*message_with(dice.properties()));
        const auto read = read_header_block(as_bytes(header_block_of(headers)));
        REQUIRE(read.has_value());
        CHECK(*read == headers);
    }
}

TEST_CASE("a header block of a stranger may end its lines with LF, and the last one not at all") {
    CHECK(*read_header_block(as_bytes("a: 1\nb:2\r\nc: ")) == TextHeaders{{"a", "1"}, {"b", "2"}, {"c", ""}});
}

TEST_CASE("a line without a colon and an unknown escape are no header block") {
    CHECK(read_header_block(as_bytes("a: 1\r\nnonsense\r\n")).has_error());
    CHECK(read_header_block(as_bytes("a: \\x\r\n")).has_error());
    CHECK(read_header_block(as_bytes("a: \\")).has_error());
}

TEST_CASE("what a message carries is named") {
    CHECK(names_of(fields_of(*message_with(full(), true))) ==
          "utf8-flag, content-type, content-encoding, message-id, correlation-id, reply-to, expiry, priority, timestamp, "
          "headers, key, trace, retain, via");
    CHECK(fields_of(*message_with({})).empty());
}TEST_CASE("the places of a way are separated by commas, and none has an empty name") {
    CHECK(joined_via({"a/b", "50%, c"}) == "a/b,50%25%2C c");
    CHECK(split_via("a/b,50%25%2C c") == std::vector<std::string>{"a/b", "50%, c"});
    CHECK(split_via(",a,,") == std::vector<std::string>{"a"});
    CHECK(joined_via({""}).empty());
}


