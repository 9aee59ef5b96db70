#include "adapters/zeromq/wire_form.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/properties.hpp"

using namespace rialto;
using namespace rialto::zeromq;

namespace {

using Texts = std::vector<std::string>;

Result<MessagePtr> read(const Texts& parts, std::string_view topic_of_one = {}) {
    std::vector<ByteView> views;
    for (const auto& part : parts) views.push_back(as_bytes(part));
    return read_parts(views, topic_of_one);
}

MessagePtr message(std::string_view payload = "body", std::unique_ptr<const Properties> properties = nullptr) {
    return Message::create("room/1", as_bytes(payload), {}, std::move(properties));
}

std::unique_ptr<Properties> with_headers() {
    auto properties = std::make_unique<Properties>();
    properties->content_type = "text/plain";
    properties->headers = {{"a", std::string("l1\r\nl2: \\")}, {"a", std::int64_t{7}}, {"raw", Binary{Bytes("\0\xFF", 2)}}};
    properties->via = {"gateway/route"};
    return properties;
}

/// As a sink sends it.
Texts written(const MessagePtr& sent, Format format) {
    Texts parts;
    if (format != Format::one_part) parts.emplace_back(sent->topic());
    if (const auto headers = header_part_of(*sent, format)) parts.push_back(*headers);
    parts.emplace_back(as_text(sent->payload()));
    return parts;
}

}  // namespace

TEST_CASE("a message without headers is topic and body") {
    CHECK(written(message(), Format::multipart) == Texts{"room/1", "body"});
    CHECK(written(message(), Format::three_part) == Texts{"room/1", "", "body"});
}

TEST_CASE("headers stand between topic and body, as lines") {
    auto properties = std::make_unique<Properties>();
    properties->content_type = "application/json";
    properties->headers = {{"site", std::string("7:a")}};
    CHECK(written(message("{}", std::move(properties)), Format::multipart) ==
          Texts{"room/1", "content-type: application/json\r\nsite: 7\\ca\r\n", "{}"});
}

TEST_CASE("two parts have no headers, one part has no topic") {
    CHECK(written(message("body", with_headers()), Format::two_part) == Texts{"room/1", "body"});
    CHECK(written(message("body", with_headers()), Format::one_part) == Texts{"body"});
}

TEST_CASE("subscriptions look at the topic, or at the body where it is alone") {
    CHECK(first_part_of(*message(), Format::multipart) == "room/1");
    CHECK(first_part_of(*message(), Format::two_part) == "room/1");
    CHECK(first_part_of(*message(), Format::one_part) == "body");
}

TEST_CASE("what was written in three parts is read as it was") {
    const MessagePtr sent = message("body", with_headers());
    const MessagePtr got = read(written(sent, Format::multipart)).value();
    CHECK(got->topic() == sent->topic());
    CHECK(as_text(got->payload()) == "body");
    CHECK(got->properties() == sent->properties());
}

TEST_CASE("the retain flag travels as a header") {
    const auto retained = Message::create("a", as_bytes("x"), {Qos::at_most_once, true});
    CHECK(read(written(retained, Format::multipart)).value()->is_retained());
    CHECK_FALSE(read({"a", "x"}).value()->is_retained());
}

TEST_CASE("two parts are topic and body, an empty body too") {
    const MessagePtr got = read({"room/1", ""}).value();
    CHECK(got->topic() == "room/1");
    CHECK(got->payload().empty());
    CHECK_FALSE(got->has_properties());
}

TEST_CASE("three parts with an empty middle have no headers") { CHECK_FALSE(read({"a", "", "x"}).value()->has_properties()); }

TEST_CASE("three parts are a message only where the middle holds headers") {
    for (const char* middle : {"no colon", "a: b\r\nno colon", "a: \\x", "a: ends with \\"}) {
        CAPTURE(middle);
        CHECK(read({"a", middle, "x"}).error().code == Errc::protocol);
    }
    CHECK(read({"a", "a: b\n", "x"}).has_value());
}

TEST_CASE("one part is the body of a message whose topic the file says") {
    CHECK(read({"body"}).has_error());
    const MessagePtr got = read({"body"}, "plant/raw").value();
    CHECK(got->topic() == "plant/raw");
    CHECK(as_text(got->payload()) == "body");
}

TEST_CASE("other numbers of parts are no message, nor is a topic that is none") {
    CHECK(read({}).has_error());
    CHECK(read({"a", "b: c", "d", "e"}).has_error());
    for (const char* topic : {"", "a/+", "#", "\xFF"}) {
        CAPTURE(topic);
        CHECK(read({topic, "x"}).has_error());
        CHECK(read({topic, "", "x"}).has_error());
    }
}

TEST_CASE("formats are told by name") {
    CHECK(format_from("multipart") == Format::multipart);
    CHECK(format_from("three-part") == Format::three_part);
    CHECK(format_from("two-part") == Format::two_part);
    CHECK(format_from("one-part") == Format::one_part);
    CHECK_FALSE(format_from("rialto").has_value());
}
