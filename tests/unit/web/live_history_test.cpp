#include "core/history/stamp.hpp"
#include "tests/unit/web/fakes.hpp"

#include <doctest/doctest.h>

namespace rialto::web::test {
namespace {

using Frames = std::vector<std::string>;

struct Remembering : House {
    explicit Remembering(LiveLimits limits = {}) : House(limits) {
        gateway.keep_history({{TopicFilter::parse("live/#").value(), 5}});
    }
    std::string cursor() const {
        const History& history = const_cast<Remembering*>(this)->gateway.history();
        return R"({"epoch":")" + history.epoch() + R"(","seq":)" + std::to_string(history.position()) + "}";
    }
};

std::string sub(int id, const std::string& topic, const std::string& from) {
    return R"({"op":"sub","id":)" + std::to_string(id) + R"(,"topic":")" + topic + R"(","from":)" + from + "}";
}

bool says(const std::string& frame, const std::string& words) { return frame.find(words) != std::string::npos; }

/// The payloads of the `msg` frames among these.
std::string payloads(const Frames& frames) {
    std::string texts;
    for (const auto& frame : frames) {
        const auto at = frame.find(R"("data":)");
        if (says(frame, R"("op":"msg")") && at != std::string::npos) texts += frame.substr(at + 7, frame.size() - at - 8) + " ";
    }
    return texts;
}

std::uint64_t number_in(const std::string& frame) {
    const auto at = frame.find(R"("seq":)");
    return at == std::string::npos ? 0 : std::stoull(frame.substr(at + 6));
}

TEST_CASE("from the newest: they come before what is live, in their order") {
    Remembering house;
    for (const char* const payload : {"1", "2", "3"}) house.publish("live/a", payload);
    LiveClient client(house);
    client.say(sub(2, "live/+", R"({"last":2})"));
    house.publish("live/a", "4");
    const auto heard = client.hears();
    REQUIRE(heard.size() == 5);
    CHECK(says(heard[0], R"("replay":2)"));
    CHECK_FALSE(says(heard[0], "recovered"));
    CHECK(payloads(heard) == "2 3 4 ");
    CHECK(says(heard[3], R"("op":"live")"));
    CHECK_FALSE(says(heard[1], "retain"));
    CHECK(number_in(heard[1]) < number_in(heard[2]));
    CHECK(number_in(heard[3]) == number_in(heard[2]));
    CHECK(number_in(heard[4]) > number_in(heard[3]));
}

TEST_CASE("from a cursor: what came meanwhile, and whether that is all") {
    Remembering house;
    house.publish("live/a", "1");
    const std::string cursor = house.cursor();
    house.publish("live/a", "2");
    house.publish("live/b", "3");
    LiveClient client(house);
    SUBCASE("it is all") {
        client.say(sub(2, "live/#", cursor));
        const auto heard = client.hears();
        CHECK(says(heard.at(0), R"("recovered":true,"replay":2)"));
        CHECK(payloads(heard) == "2 3 ");
    }
    SUBCASE("some had to go") {
        for (const char* const payload : {"4", "5", "6", "7"}) house.publish("live/a", payload);
        client.say(sub(2, "live/#", cursor));
        const auto heard = client.hears();
        CHECK(says(heard.at(0), R"("recovered":false,"replay":5)"));
        CHECK(payloads(heard) == "3 4 5 6 7 ");
    }
    SUBCASE("more was asked for than is kept") {
        client.say(sub(2, "#", cursor));
        CHECK(says(client.hears().at(0), R"("recovered":false,"replay":2)"));
    }
    SUBCASE("nothing came") {
        client.say(sub(2, "live/c", cursor));
        const auto heard = client.hears();
        CHECK(says(heard.at(0), R"("recovered":true,"replay":0)"));
        CHECK(says(heard.at(1), R"("op":"live")"));
    }
}

TEST_CASE("a replay that does not fit into the backlog is cut at its old end, and not called recovered") {
    Remembering house({.backlog = 1500});
    const std::string cursor = house.cursor();
    const std::string big(600, '1');
    for (int i = 0; i < 5; ++i) house.publish("live/a", big);
    LiveClient client(house);
    client.say(sub(2, "live/#", cursor));
    const auto heard = client.hears();
    CHECK(says(heard.at(0), R"("recovered":false,"replay":2)"));
    CHECK(heard.size() == 4);
}

TEST_CASE("the ack of a publish has the number that its readers see") {
    Remembering house;
    LiveClient reader(house);
    reader.say(R"({"op":"sub","id":1,"topic":"live/a"})");
    reader.hears();
    LiveClient writer(house);
    writer.say(R"({"op":"pub","id":2,"topic":"live/a","data":1})");
    const auto told = writer.hears();
    const auto read = reader.hears();
    REQUIRE(told.size() == 1);
    REQUIRE(read.size() == 1);
    CHECK(number_in(told[0]) == number_in(read[0]));
}

TEST_CASE("what is on its way while it is replayed comes once") {
    Remembering house;
    LiveClient client(house);
    // As another shard would: it is in the history, and reaches this one only after the subscription.
    std::vector<std::uint64_t> dropped;
    const MessagePtr late = house.gateway.history().append(Message::create("live/a", as_bytes("1"), {}), dropped);
    client.say(sub(2, "live/#", R"({"last":9})"));
    CHECK(payloads(client.hears()) == "1 ");
    client.socket.deliver({late, Qos::at_most_once, false, false, {}, {}}, {});
    CHECK(payloads(client.hears()).empty());
    house.publish("live/a", "2");
    CHECK(payloads(client.hears()) == "2 ");
}

}  // namespace
}  // namespace rialto::web::test
