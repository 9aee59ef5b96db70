#include "tests/unit/web/fakes.hpp"

#include <doctest/doctest.h>

namespace rialto::web::test {
namespace {

/// What a publish becomes on the bus, and who decides when it is taken.
struct Desk {
    Desk() { house.bus().subscribe(holder, filter("#"), {}); }
    ~Desk() { house.bus().unsubscribe(holder, filter("#")); }

    /// The message that saying this publishes; null where it publishes none.
    MessagePtr published(std::string_view text) {
        holder.messages.clear();
        client.say(text);
        return holder.messages.empty() ? nullptr : holder.messages.back();
    }
    std::string payload_of(std::string_view text) { return std::string(as_text(published(text)->payload())); }
    std::string error_of(std::string_view text) {
        client.hears();
        if (published(text)) return "published";
        const auto heard = client.hears();
        return heard.empty() ? "" : heard.back();
    }
    void settle_all(Outcome outcome) {
        for (auto& receipt : holder.held) receipt.settle(outcome);
        holder.held.clear();
        house.run();
    }

    House house;
    Holder holder;
    LiveClient client{house};
};

TEST_CASE("data is published as it was written, text and b64 as what they stand for") {
    Desk desk;
    CHECK(desk.payload_of(R"({"op":"pub","topic":"a","data":{"t": 21.50, "n":12345678901234567890123}})") ==
          R"({"t": 21.50, "n":12345678901234567890123})");
    CHECK(desk.payload_of(R"({"op":"pub","topic":"a","text":"gr\u00fc\u00df \"dich\""})") == "grüß \"dich\"");
    CHECK(desk.payload_of(R"({"op":"pub","topic":"a","b64":"/wA="})") == std::string("\xff\0", 2));
    CHECK(desk.payload_of(R"({"op":"pub","topic":"a","data":null})") == "null");
}

TEST_CASE("the binary form publishes the bytes behind its header") {
    Desk desk;
    const std::string head = R"({"op":"pub","id":1,"topic":"a"})";
    const std::string whole = std::string(1, '\0') + static_cast<char>(head.size()) + head + "\xff\xfe";
    desk.client.socket.on_data(DataKind::binary, as_bytes(whole), true);
    REQUIRE(desk.holder.messages.size() == 1);
    CHECK(as_text(desk.holder.messages[0]->payload()) == "\xff\xfe");
}

TEST_CASE("the ack comes when every taker has settled, with the message's number") {
    Desk desk;
    desk.client.say(R"({"op":"pub","id":3,"topic":"a","data":1})");
    CHECK(desk.client.hears().empty());
    desk.settle_all(Outcome::accepted);
    const auto heard = desk.client.hears();
    REQUIRE(heard.size() == 1);
    CHECK(heard[0] ==
          R"({"op":"ack","id":3,"seq":)" + std::to_string(stamp_of(*desk.holder.messages[0]).number) + "}");
}

TEST_CASE("a target that did not take it is 503, and says whether trying again can help") {
    Desk desk;
    desk.client.say(R"({"op":"pub","id":3,"topic":"a","data":1})");
    desk.settle_all(Outcome::released);
    CHECK(desk.client.hears().at(0).find(R"("id":3,"code":503,"error":"target_down")") != std::string::npos);
    desk.client.say(R"({"op":"pub","id":4,"topic":"a","data":1})");
    desk.settle_all(Outcome::rejected);
    CHECK(desk.client.hears().at(0).find(R"("retry":false)") != std::string::npos);
}

TEST_CASE("without an id nothing is answered, and nobody is waited for") {
    Desk desk;
    desk.client.say(R"({"op":"pub","topic":"a","data":1})");
    CHECK(desk.holder.held.at(0).empty());
    CHECK(desk.holder.messages.at(0)->qos() == Qos::at_most_once);
    CHECK(desk.client.hears().empty());
}

TEST_CASE("retain and the properties travel with the message") {
    Desk desk;
    const auto message = desk.published(
        R"({"op":"pub","id":1,"topic":"a","retain":true,"text":"x","ct":"text/plain","reply":"r/1","corr":"c-1","ts":1000,)"
        R"("headers":{"unit":"km/h","n":7,"tags":["a","b"],"message-id":"m1","rialto-via":"spoofed/route"}})");
    REQUIRE(message);
    CHECK(message->is_retained());
    const auto& properties = message->properties();
    CHECK(properties.content_type == "text/plain");
    CHECK(properties.reply_to == "r/1");
    CHECK(properties.correlation_id == Id(std::string("c-1")));
    CHECK(properties.timestamp == WallTime(std::chrono::milliseconds(1000)));
    CHECK(properties.message_id == Id(std::string("m1")));
    CHECK(properties.via.empty());
    CHECK(properties.headers == std::vector<Header>{{"unit", std::string("km/h")},
                                                    {"n", std::int64_t{7}},
                                                    {"tags", std::string("a")},
                                                    {"tags", std::string("b")}});
}

TEST_CASE("a pub that can't be published says what to change") {
    Desk desk;
    const auto says = [&](const char* text, const char* words) {
        return desk.error_of(text).find(words) != std::string::npos;
    };
    CHECK(says(R"({"op":"pub","id":1,"topic":"a/+","data":1})", R"("code":400)"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"","data":1})", R"("code":400)"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"$SYS/x","data":1})", R"("code":403)"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"a"})", "exactly one payload"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"a","data":1,"text":"x"})", "exactly one payload"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"a","text":7})", "'text' has to be a string"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"a","b64":"%%%"})", "base64"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"a","data":1,"retain":"yes"})",
               "'retain' has to be true or false"));
    CHECK(says(R"({"op":"pub","id":1,"topic":"a","data":1,"reply":"a/#"})", "'reply'"));
}

TEST_CASE("a publish with the same key is published once and acknowledged as often as it was asked") {
    Desk desk;
    desk.client.say(R"({"op":"pub","id":1,"topic":"a","data":1,"key":"k"})");
    LiveClient after_reconnect(desk.house);
    after_reconnect.say(R"({"op":"pub","id":9,"topic":"a","data":1,"key":"k"})");
    CHECK(desk.holder.messages.size() == 1);
    CHECK(after_reconnect.hears().empty());
    desk.settle_all(Outcome::accepted);
    CHECK(after_reconnect.hears().at(0).find(R"("op":"ack","id":9)") != std::string::npos);
    after_reconnect.say(R"({"op":"pub","id":10,"topic":"a","data":1,"key":"k"})");
    CHECK(after_reconnect.hears().at(0).find(R"("op":"ack","id":10)") != std::string::npos);
    CHECK(desk.holder.messages.size() == 1);
}

TEST_CASE("a key whose publish failed may be tried again") {
    Desk desk;
    desk.client.say(R"({"op":"pub","id":1,"topic":"a","data":1,"key":"k"})");
    desk.settle_all(Outcome::released);
    desk.client.say(R"({"op":"pub","id":2,"topic":"a","data":1,"key":"k"})");
    CHECK(desk.holder.messages.size() == 2);
}

TEST_CASE("a receipt that settles after its connection is gone hurts nobody, and its key is remembered") {
    Desk desk;
    desk.client.say(R"({"op":"pub","id":1,"topic":"a","data":1,"key":"k"})");
    desk.client.leave();
    desk.settle_all(Outcome::accepted);
    LiveClient next(desk.house);
    next.say(R"({"op":"pub","id":2,"topic":"a","data":1,"key":"k"})");
    CHECK(desk.holder.messages.size() == 1);
    CHECK(next.hears().at(0).find(R"("op":"ack","id":2)") != std::string::npos);
}

TEST_CASE("a client whose publishes nobody confirms is not read until they are") {
    Desk desk;
    for (int i = 0; i < 1024; ++i) desk.client.say(R"({"op":"pub","id":1,"topic":"a","data":1})");
    CHECK(desk.client.link.is_paused);
    desk.settle_all(Outcome::accepted);
    CHECK_FALSE(desk.client.link.is_paused);
}

TEST_CASE("keys are forgotten after two minutes, and who still waits is told to try again") {
    RecentKeys keys;
    const Instant begin{};
    std::vector<Outcome> told;
    const auto waiter = [&](const RecentKeys::Settled& settled) { told.push_back(settled.outcome); };
    CHECK(keys.begin("k", begin, waiter) == RecentKeys::Standing::fresh);
    CHECK(keys.begin("k", begin, waiter) == RecentKeys::Standing::repeated);
    CHECK(keys.begin("k", begin + std::chrono::minutes(2), waiter) == RecentKeys::Standing::fresh);
    CHECK(told == std::vector<Outcome>{Outcome::released});
}

}  // namespace
}  // namespace rialto::web::test
