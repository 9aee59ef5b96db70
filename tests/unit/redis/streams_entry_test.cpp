#include <doctest/doctest.h>

#include "adapters/redis/resp.hpp"
#include "adapters/redis/streams/entry.hpp"
#include "adapters/redis/streams/entry_id.hpp"

using namespace rialto;
using namespace rialto::redis::streams;

namespace {

using Words = std::vector<std::string>;

Settings for_each_topic() {
    Settings settings;
    settings.consumer = "plant/log";
    return settings;
}

Settings for_one_stream() {
    Settings settings = for_each_topic();
    settings.stream = "events";
    return settings;
}

Words added(const Message& message, const Settings& settings, bool is_marked = false) {
    const AddCommand command(message, settings, is_marked);
    return {command.words().begin(), command.words().end()};
}

/// The fields as they come in a reply.
redis::Reply reply_with(const Words& words) {
    redis::ReplyReader reader;
    std::string text = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    reader.feed(as_bytes(text));
    return reader.next().value();
}

MessagePtr read(const Words& words, const Settings& settings = for_each_topic()) {
    const redis::Reply reply = reply_with(words);
    return message_from(read_fields("a/b", redis::elements_of(*reply), settings));
}

MessagePtr there_and_back(const Message& message) {
    Words words = added(message, for_each_topic());
    words.erase(words.begin(), words.begin() + 3);  // XADD key *
    return read(words);
}

}  // namespace

TEST_CASE("a message of no more than topic and payload is one field") {
    const auto message = Message::create("a/b", as_bytes("x"), {});
    CHECK(added(*message, for_each_topic()) == Words{"XADD", "a/b", "*", "body", "x"});
}

TEST_CASE("in the one stream for everything the topic is a field") {
    const auto message = Message::create("a/b", as_bytes("x"), {});
    CHECK(added(*message, for_one_stream()) == Words{"XADD", "events", "*", "topic", "a/b", "body", "x"});
}

TEST_CASE("streams are trimmed by length, or by age, about") {
    const auto message = Message::create("a/b", as_bytes("x"), {});
    Settings settings = for_each_topic();
    settings.max_length = 1000;
    CHECK(added(*message, settings) == Words{"XADD", "a/b", "MAXLEN", "~", "1000", "*", "body", "x"});
    settings.max_length = 0;
    settings.max_age = std::chrono::hours(1);
    const Words words = added(*message, settings);
    CHECK(words[2] == "MINID");
    const auto oldest = wall_now() - std::chrono::hours(1);
    CHECK(std::stoll(words[4]) <= oldest.time_since_epoch().count());
    CHECK(std::stoll(words[4]) > oldest.time_since_epoch().count() - 60'000);
}

TEST_CASE("who reads too says who added the entry") {
    const auto message = Message::create("a/b", as_bytes("x"), {});
    const Words words = added(*message, for_each_topic(), true);
    CHECK(words == Words{"XADD", "a/b", "*", "body", "x", "rialto-writer", "plant/log"});
    const redis::Reply reply = reply_with({"body", "x", "rialto-writer", "plant/log"});
    const Fields fields = read_fields("a/b", redis::elements_of(*reply), for_each_topic());
    CHECK(fields.writer == "plant/log");
    CHECK(fields.others.empty());
}

TEST_CASE("every field has a name of its own, and the user's headers have a prefix") {
    auto properties = std::make_unique<Properties>();
    properties->content_type = "text/plain";
    properties->correlation_id = Binary{Bytes("\xFF\x00", 2)};
    properties->headers = {{"body", std::string("1")}, {"n", std::int64_t{-7}}, {"body", std::string("2")}};
    const auto message = Message::create("a/b", as_bytes("x"), {Qos::at_least_once, true}, std::move(properties));
    CHECK(added(*message, for_each_topic()) ==
          Words{"XADD", "a/b", "*", "body", "x", "retain", "true", "content-type", "text/plain", "correlation-id",
                std::string("\xFF\x00", 2), "h:body", "1", "h:n", "-7", "h:body", "2", "rialto-types", "h:n=i"});
}

TEST_CASE("what went there comes back the same") {
    auto properties = std::make_unique<Properties>();
    properties->body_kind = BodyKind::text;
    properties->message_id = std::uint64_t{42};
    properties->correlation_id = Binary{Bytes("\xFF\x00", 2)};
    properties->key = Bytes("\x00k", 2);
    properties->via = {"plant/a"};
    properties->headers = {{"topic", std::string("t")}, {"h:x", 0.1},          {"", std::monostate()},
                           {"rialto-writer", true},     {"topic", Binary{"b"}}, {"u.key", std::string("\xC3\xBC")}};
    const Properties sent = *properties;
    const auto message = Message::create("a/b", as_bytes("x"), {Qos::at_least_once, true}, std::move(properties));
    const MessagePtr back = there_and_back(*message);
    CHECK(back->properties() == sent);
    CHECK(back->is_retained());
    CHECK(back->topic() == "a/b");
    CHECK(as_text(back->payload()) == "x");
}

TEST_CASE("an empty payload stays one, and a message without properties has none") {
    const MessagePtr back = there_and_back(*Message::create("a/b", as_bytes(""), {}));
    CHECK(back->payload().empty());
    CHECK_FALSE(back->has_properties());
}

TEST_CASE("fields of other programs beside a body are headers") {
    const MessagePtr message = read({"sensor", "7", "body", "x", "body", "y"});
    CHECK(as_text(message->payload()) == "x");
    CHECK(message->properties().headers ==
          std::vector<Header>{{"sensor", std::string("7")}, {"body", std::string("y")}});
}

TEST_CASE("an entry without a body is a JSON object of its fields") {
    const MessagePtr message = read({"temp", "21.5", "say", "\"hi\"", "temp", "22", "raw", "\xFF"});
    CHECK(as_text(message->payload()) == R"({"temp":["21.5","22"],"say":"\"hi\"","raw_base64":"/w=="})");
    CHECK(message->properties().content_type == "application/json");
}

TEST_CASE("in the one stream the field topic says the topic, and without it the stream's name does") {
    const MessagePtr named = read({"topic", "x/y", "body", "1"}, for_one_stream());
    CHECK(named->topic() == "x/y");
    CHECK_FALSE(named->has_properties());
    CHECK(read({"body", "1"}, for_one_stream())->topic() == "a/b");
}

TEST_CASE("a field topic is a header where the key is the topic") {
    const MessagePtr message = read({"topic", "x/y", "body", "1"});
    CHECK(message->topic() == "a/b");
    CHECK(message->properties().headers == std::vector<Header>{{"topic", std::string("x/y")}});
}

TEST_CASE("entry identifiers are two numbers, in order") {
    CHECK(EntryId::parse("1700000000123-4") == EntryId{1'700'000'000'123, 4});
    CHECK(EntryId::parse("18446744073709551615-0").has_value());
    CHECK(EntryId{7, 2}.text() == "7-2");
    CHECK(EntryId{7, 10} > EntryId{7, 2});
    CHECK(EntryId{8, 0} > EntryId{7, 10});
    for (const char* text : {"", "-", "1", "1-", "-1", "1-2-3", "a-b", "1-2 ", " 1-2", "18446744073709551616-0"}) {
        CHECK_FALSE(EntryId::parse(text).has_value());
    }
}
