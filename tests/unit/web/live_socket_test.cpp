#include "tests/unit/web/fakes.hpp"

#include <doctest/doctest.h>

namespace rialto::web::test {
namespace {

using Frames = std::vector<std::string>;

/// Whether `frame` has these members, written as they stand in it.
bool has(const std::string& frame, std::initializer_list<const char*> members) {
    for (const char* const member : members) {
        if (frame.find(member) == std::string::npos) return false;
    }
    return true;
}

TEST_CASE("connect is answered with the limits, the ping interval and the history's epoch") {
    House house;
    LiveClient client(house, "");
    client.say(R"({"op":"connect","id":1,"client":"test/1"})");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 1);
    CHECK(has(heard[0], {R"("op":"connected")", R"("id":1)", R"("ping":25)",
                         R"("limits":{"msg":65536,"subs":256,)", R"("epoch":")"}));
    CHECK(client.link.wakes_after == std::chrono::seconds(25));
}

TEST_CASE("nothing is answered before connect but with 401") {
    House house;
    LiveClient client(house, "");
    client.say(R"({"op":"sub","id":7,"topic":"secret/#"})");
    CHECK(has(client.hears().at(0), {R"("op":"err","id":7,"code":401)", R"("retry":false)"}));
    house.publish("secret/x", "1");
    CHECK(client.hears().empty());
}

TEST_CASE("a client that does not connect in time is sent away") {
    House house;
    LiveClient client(house, "");
    CHECK(client.link.wakes_after == std::chrono::seconds(10));
    client.socket.on_timer();
    CHECK(client.link.closed_with == 4100);
}

TEST_CASE("before connect a message may have 4 KiB, afterwards as much as was granted") {
    House house;
    LiveClient early(house, "");
    early.say(R"({"op":"connect","pad":")" + std::string(5000, 'x') + "\"}");
    CHECK(early.link.closed_with == 1009);
    LiveClient later(house);
    later.say(R"({"op":"pub","topic":"a","text":")" + std::string(5000, 'x') + "\"}");
    CHECK(later.link.closed_with == 0);
    later.say(R"({"op":"pub","topic":"a","text":")" + std::string(70'000, 'x') + "\"}");
    CHECK(later.link.closed_with == 1009);
}

TEST_CASE("where anonymous clients are not welcome connect is answered with 401 and 4001") {
    House house({}, false);
    LiveClient client(house, "");
    client.say(R"({"op":"connect","id":1})");
    CHECK(has(client.hears().at(0), {R"("code":401)"}));
    CHECK(client.link.closed_with == 4001);
}

TEST_CASE("one message may hold many frames, each on its line") {
    House house;
    LiveClient client(house, "");
    client.say("{\"op\":\"connect\",\"id\":1}\n\n{\"op\":\"sub\",\"id\":2,\"topic\":\"a\"}\n");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 2);
    CHECK(has(heard[1], {R"("op":"subbed","id":2,"topic":"a")"}));
}

TEST_CASE("a message that comes in pieces is put together") {
    House house;
    LiveClient client(house);
    client.socket.on_data(DataKind::text, as_bytes(R"({"op":"su)"), false);
    client.socket.on_data(DataKind::text, as_bytes(R"(b","id":2,"topic":"a"})"), true);
    CHECK(has(client.hears().at(0), {R"("op":"subbed")"}));
}

TEST_CASE("several subscriptions with wildcards get what matches, once each") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","id":2,"topic":"sensors/+/temp"})");
    client.say(R"({"op":"sub","id":3,"topic":"sensors/#"})");
    client.hears();
    house.publish("sensors/7/temp", R"({"c":21.5})");
    house.publish("other", "x");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 1);
    CHECK(has(heard[0],
              {R"({"op":"msg","topic":"sensors/7/temp","seq":)", R"("ts":)", R"("data":{"c":21.5}})"}));
}

TEST_CASE("a payload is shown as data, text or b64, whichever it is") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","topic":"#"})");
    client.hears();
    house.publish("a", "21.5");
    house.publish("a", "21.5 \"km/h\"");
    house.publish("a", std::string_view("\xff\x00", 2));
    house.publish("a", "");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 4);
    CHECK(has(heard[0], {R"("data":21.5})"}));
    CHECK(has(heard[1], {R"("text":"21.5 \"km/h\""})"}));
    CHECK(has(heard[2], {R"("b64":"/wA="})"}));
    CHECK(has(heard[3], {R"("text":""})"}));
}

TEST_CASE("a client that asked for it gets other bytes in binary messages, in order with the rest") {
    House house;
    LiveClient client(house, R"({"op":"connect","id":1,"bin":true})");
    client.say(R"({"op":"sub","topic":"#"})");
    client.hears();
    const auto publish = [&](std::string_view payload) {
        house.bus().publish(Message::create("a", as_bytes(payload), {}), {});
    };
    publish("one");
    publish("\xff\xfe");
    publish("two");
    house.run();
    REQUIRE(client.link.sent.size() == 3);
    const auto& binary = client.link.sent[1];
    CHECK(binary.kind == DataKind::binary);
    const std::size_t head =
        static_cast<unsigned char>(binary.text[0]) * 256U + static_cast<unsigned char>(binary.text[1]);
    CHECK(has(binary.text.substr(2, head), {R"({"op":"msg","topic":"a")"}));
    CHECK(binary.text.substr(2 + head) == "\xff\xfe");
}

TEST_CASE("every receiver gets the very same bytes") {
    House house;
    LiveClient one(house);
    LiveClient other(house);
    one.say(R"({"op":"sub","topic":"a/#"})");
    other.say(R"({"op":"sub","topic":"+/b"})");
    one.hears();
    other.hears();
    house.publish("a/b", "x");
    CHECK(one.hears() == other.hears());
}

TEST_CASE("all that a turn brings leaves as one message") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","topic":"#"})");
    client.hears();
    for (int i = 0; i < 20; ++i) house.bus().publish(Message::create("a", as_bytes("x"), {}), {});
    house.run();
    CHECK(client.link.sent.size() == 1);
    CHECK(client.hears().size() == 20);
}

TEST_CASE("from last gives the retained values at once, marked as such, and then says live") {
    House house;
    house.publish("s/1", "1", {.retain = true});
    house.publish("s/2", "2", {.retain = true});
    LiveClient client(house);
    client.say(R"({"op":"sub","id":2,"topic":"s/+","from":"last"})");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 4);
    CHECK(has(heard[0], {R"("op":"subbed","id":2)", R"("replay":2)"}));
    CHECK(has(heard[1], {R"("retain":true)", R"("data":1)"}));
    CHECK(has(heard[2], {R"("retain":true)", R"("data":2)"}));
    CHECK(has(heard[3], {R"({"op":"live","topic":"s/+","seq":)"}));
}

TEST_CASE("without from nothing retained is sent, and live messages are not marked") {
    House house;
    house.publish("s/1", "old", {.retain = true});
    LiveClient client(house);
    client.say(R"({"op":"sub","id":2,"topic":"s/+"})");
    CHECK(client.hears().size() == 1);
    house.publish("s/1", "new", {.retain = true});
    const auto heard = client.hears();
    REQUIRE(heard.size() == 1);
    CHECK_FALSE(has(heard[0], {"retain"}));
}

TEST_CASE("last values of more than a thousand topics are refused, and nothing stays subscribed") {
    House house;
    for (int i = 0; i <= 1000; ++i) {
        house.bus().publish(Message::create("many/" + std::to_string(i), as_bytes("x"), {.retain = true}),
                            {});
    }
    LiveClient client(house);
    client.say(R"({"op":"sub","id":2,"topic":"many/#","from":"last"})");
    auto heard = client.hears();
    REQUIRE(heard.size() == 1);
    CHECK(has(heard[0], {R"("code":413)"}));
    house.publish("many/1", "y");
    CHECK(client.hears().empty());
}

TEST_CASE("without a history a cursor is never recovered from, and the answer says so") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","id":2,"topic":"a","from":{"epoch":"Eold","seq":17}})");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 2);
    CHECK(has(heard[0], {R"("recovered":false,"replay":0)"}));
    CHECK(has(heard[1], {R"("op":"live")"}));
}

TEST_CASE("what is not kept can't be asked for") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","id":2,"topic":"a","from":{"last":-1}})");
    client.say(R"({"op":"sub","id":3,"topic":"a","from":"earliest"})");
    client.say(R"({"op":"sub","id":4,"topic":"a","presence":true})");
    client.say(R"({"op":"req","id":5,"topic":"rpc"})");
    client.say(R"({"op":"who","id":6,"topic":"room"})");
    client.say(R"({"op":"auth","id":7,"token":"x"})");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 6);
    for (const auto& frame : heard)
        CHECK(has(frame, {R"("op":"err")", R"("code":400,"error":"bad_request")"}));
}

TEST_CASE("a subscription twice is 409, a filter that is none 422, one too many 429") {
    House house({.subscriptions = 2});
    LiveClient client(house);
    client.say(R"({"op":"sub","id":1,"topic":"a"})");
    client.say(R"({"op":"sub","id":2,"topic":"a"})");
    client.say(R"({"op":"sub","id":3,"topic":"a/#/b"})");
    client.say(R"({"op":"sub","id":4,"topic":"b"})");
    client.say(R"({"op":"sub","id":5,"topic":"c"})");
    const auto heard = client.hears();
    CHECK(has(heard.at(1), {R"("id":2,"code":409,"error":"already_subscribed")"}));
    CHECK(has(heard.at(2), {R"("id":3,"code":422,"error":"bad_filter")"}));
    CHECK(has(heard.at(4), {R"("id":5,"code":429,"error":"too_many")", R"("retry":true)"}));
}

TEST_CASE("after unsub nothing more comes, and a second one is 404") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","id":1,"topic":"a"})");
    client.say(R"({"op":"unsub","id":2,"topic":"a"})");
    client.say(R"({"op":"unsub","id":3,"topic":"a"})");
    const auto heard = client.hears();
    CHECK(has(heard.at(1), {R"({"op":"unsubbed","id":2,"topic":"a"})"}));
    CHECK(has(heard.at(2), {R"("code":404)"}));
    house.publish("a", "x");
    CHECK(client.hears().empty());
}

TEST_CASE("with echo false a connection does not get what it publishes itself") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","id":1,"topic":"mine","echo":false})");
    client.say(R"({"op":"sub","id":2,"topic":"ours"})");
    client.hears();
    client.say(R"({"op":"pub","topic":"mine","data":1})");
    client.say(R"({"op":"pub","topic":"ours","data":1})");
    CHECK(client.hears().size() == 1);
}

TEST_CASE("unknown ops are 400, unknown members are ignored, an id that is none is 400") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"dance","id":1})");
    client.say(R"({"op":"sub","id":"two","topic":"a","colour":"red"})");
    client.say(R"({"op":"sub","id":{},"topic":"b"})");
    client.say(R"({"id":4})");
    const auto heard = client.hears();
    CHECK(has(heard.at(0), {R"("id":1,"code":400)", "'dance'"}));
    CHECK(has(heard.at(1), {R"("op":"subbed","id":"two")"}));
    CHECK(has(heard.at(2), {R"("code":400)", "'id'"}));
    CHECK(has(heard.at(3), {R"("id":4,"code":400)"}));
}

TEST_CASE("what is no JSON object is answered twice, and the third time ends the socket") {
    House house;
    LiveClient client(house);
    client.say("{not json\n[1]");
    CHECK(client.hears().size() == 2);
    CHECK(client.link.closed_with == 0);
    client.say("\"text\"");
    CHECK(client.link.closed_with == 4000);
}

TEST_CASE("a silent client is pinged, and closed when it does not answer until the next ping") {
    House house;
    LiveClient client(house);
    client.socket.on_timer();
    CHECK(client.hears() == Frames{R"({"op":"ping"})"});
    client.say(R"({"op":"pong"})");
    client.socket.on_timer();
    CHECK(client.hears() == Frames{R"({"op":"ping"})"});
    CHECK(client.link.closed_with == 0);
    client.socket.on_timer();
    CHECK(client.link.closed_with == 4100);
}

TEST_CASE("more requests than the rate allows are 429 until time has passed") {
    House house({.rate = 3});
    LiveClient client(house);  // the connect is the first
    for (int i = 0; i < 6; ++i) client.say(R"({"op":"unsub","id":1,"topic":"a"})");
    const auto heard = client.hears();
    CHECK(has(heard.at(4), {R"("code":404)"}));
    CHECK(has(heard.at(5), {R"("code":429)"}));
}

TEST_CASE("when the gateway stops it says bye with a window to come back in") {
    House house;
    LiveClient client(house);
    client.socket.on_drain();
    const auto heard = client.hears();
    REQUIRE(heard.size() == 1);
    CHECK(has(heard[0], {R"("op":"bye","code":4200)", R"("retry_ms":[500,8000])"}));
    CHECK(client.link.closed_with == 4200);
}

TEST_CASE("a connection that is gone leaves no subscription behind") {
    House house;
    LiveClient client(house);
    client.say(R"({"op":"sub","id":1,"topic":"a"})");
    client.say(R"({"op":"sub","id":2,"topic":"$share/g/b"})");
    client.leave();
    house.publish("a", "x");
    house.publish("b", "x");
    CHECK(house.bus().subscription_count() == 0);
}

}  // namespace
}  // namespace rialto::web::test
