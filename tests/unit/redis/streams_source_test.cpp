#include "adapters/redis/streams/source.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <algorithm>
#include <deque>
#include <map>
#include <thread>

#include "core/gateway.hpp"
#include "tests/unit/redis/scripted_redis.hpp"

using namespace rialto;
using namespace rialto::redis::streams;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

struct Taker final : Inlet {
    void accept(MessagePtr message, Receipt receipt) noexcept override {
        taken.push_back(std::string(message->topic()) + "=" + std::string(as_text(message->payload())));
        receipts.push_back(std::move(receipt));
    }
    void lost(Error reason) noexcept override { losses.push_back(std::move(reason)); }

    Texts taken;
    std::vector<Receipt> receipts;
    std::vector<Error> losses;
};

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

std::string array(const Texts& parts) {
    std::string out = "*" + std::to_string(parts.size()) + "\r\n";
    for (const std::string& part : parts) out += part;
    return out;
}

const std::string nothing = "*-1\r\n";
const std::string ok = "+OK\r\n";

std::string entry(const std::string& id, const std::string& body) {
    return array({bulk(id), array({bulk("body"), bulk(body)})});
}
std::string deleted(const std::string& id) { return array({bulk(id), nothing}); }
std::string stream(const std::string& key, const Texts& entries) { return array({bulk(key), array(entries)}); }

/// A Redis where "a/x" and "a/y" are streams, and a source that asks for "a/+".
struct Fixture {
    Fixture() {
        settings.group = "g";
        settings.consumer = "gw/log";
        login.dialing.within = 5s;
        server.answer = [this](const std::string& command) { return answer_to(command); };
    }

    std::string answer_to(const std::string& command) {
        for (auto& [beginning, lines] : answers) {
            if (!command.starts_with(beginning) || lines.empty()) continue;
            std::string first = lines.front();
            if (lines.size() > 1) lines.pop_front();  // the last one stays
            return first;
        }
        return "-ERR unknown command\r\n";
    }
    bool until(const std::function<bool()>& done) {
        const auto deadline = Clock::now() + 10s;
        while (!done()) {
            if (Clock::now() > deadline) return false;
            shard.run_ready();
            std::this_thread::yield();
        }
        return true;
    }
    Result<void> open() {
        source = std::make_unique<redis::streams::Source>(shard, login, settings, std::vector{TopicFilter::parse("a/+").value()},
                                          Arrivals::Counters{unmappable, trimmed, echoes, claimed});
        std::optional<Result<void>> result;
        const auto keep = [&]() -> boost::asio::awaitable<void> { result = co_await source->open(taker); };
        boost::asio::co_spawn(shard.io(), keep(), boost::asio::detached);
        REQUIRE(until([&] { return result.has_value(); }));
        return *result;
    }
    bool was_asked(const std::string& command) const {
        return std::find(server.commands.begin(), server.commands.end(), command) != server.commands.end();
    }
    std::size_t count_of(const std::string& beginning) const {
        return static_cast<std::size_t>(std::count_if(server.commands.begin(), server.commands.end(),
                                                      [&](const std::string& command) { return command.starts_with(beginning); }));
    }

    Gateway gateway{{.name = "test"}};
    Shard& shard = gateway.shard(0);
    redis::ScriptedRedis server{shard};
    redis::Login login = server.login();
    Settings settings;
    Taker taker;
    Counter unmappable, trimmed, echoes, claimed;
    std::map<std::string, std::deque<std::string>> answers{
        {"PING", {"+PONG\r\n"}},
        {"CLIENT ID", {":7\r\n"}},
        {"SCAN", {array({bulk("0"), array({bulk("a/x"), bulk("a/y"), bulk("a/+"), bulk("a/x/y")})})}},
        {"XGROUP CREATE", {ok}},
        {"XREADGROUP", {""}},
        {"XACK", {":1\r\n"}},
    };
    std::unique_ptr<redis::streams::Source> source;
};

const std::string new_ones = "XREADGROUP GROUP g gw/log COUNT 5 BLOCK 5000 STREAMS a/x a/y > >";

}  // namespace

TEST_CASE_FIXTURE(Fixture, "streams that match are joined from now on, and read together") {
    REQUIRE(open().has_value());
    CHECK(was_asked("SCAN 0 TYPE stream COUNT 1000 MATCH a/*"));
    CHECK(was_asked("XGROUP CREATE a/x g $"));
    CHECK(was_asked("XGROUP CREATE a/y g $"));
    CHECK(count_of("XGROUP") == 2);
    CHECK(count_of("XREADGROUP") == 0);
    source->grant(10);
    CHECK(until([&] { return was_asked(new_ones); }));
}

TEST_CASE_FIXTURE(Fixture, "what is ours already is read page by page, before anything new") {
    answers["XGROUP CREATE"] = {"-BUSYGROUP Consumer Group name already exists\r\n"};
    answers["XREADGROUP"] = {array({stream("a/x", {entry("1-0", "1"), deleted("2-0")}), stream("a/y", {})}),
                             array({stream("a/x", {})}), ""};
    REQUIRE(open().has_value());
    source->grant(11);
    REQUIRE(until([&] { return was_asked(new_ones); }));
    CHECK(was_asked("XREADGROUP GROUP g gw/log COUNT 5 STREAMS a/x a/y 0-0 0-0"));
    CHECK(was_asked("XREADGROUP GROUP g gw/log COUNT 10 STREAMS a/x 2-0"));
    CHECK(taker.taken == Texts{"a/x=1"});
    CHECK(was_asked("XACK a/x g 2-0"));
    CHECK(trimmed.value() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a group that was here before begins at a new stream when it was last seen") {
    answers["XGROUP CREATE a/y"] = {"-BUSYGROUP Consumer Group name already exists\r\n"};
    answers["XGROUP CREATE a/x"] = {ok};
    answers["XINFO CONSUMERS a/y g"] = {array({array({bulk("name"), bulk("other"), bulk("pending"), ":0\r\n", bulk("idle"), ":1\r\n"}),
                                               array({bulk("name"), bulk("gw/log"), bulk("pending"), ":0\r\n", bulk("idle"), ":60000\r\n"})})};
    answers["TIME"] = {array({bulk("1700000000"), bulk("5")})};
    answers["XGROUP SETID"] = {ok};
    answers.erase("XGROUP CREATE");
    REQUIRE(open().has_value());
    CHECK(was_asked("XGROUP SETID a/x g 1699999929000-0"));  // 60 s, and 11 s for what may lie between two looks
}

TEST_CASE_FIXTURE(Fixture, "entries of several streams come in the order of their identifiers") {
    answers["XREADGROUP"] = {array({stream("a/x", {entry("1-0", "1"), entry("3-0", "3")}), stream("a/y", {entry("2-0", "2")})}), ""};
    REQUIRE(open().has_value());
    source->grant(10);
    REQUIRE(until([&] { return taker.taken.size() == 3; }));
    CHECK(taker.taken == Texts{"a/x=1", "a/y=2", "a/x=3"});
}

TEST_CASE_FIXTURE(Fixture, "what settles in one turn is acknowledged in one command for each stream") {
    answers["XREADGROUP"] = {array({stream("a/x", {entry("1-0", "1"), entry("2-0", "2")}), stream("a/y", {entry("3-0", "3")})}), ""};
    REQUIRE(open().has_value());
    source->grant(10);
    REQUIRE(until([&] { return taker.taken.size() == 3; }));
    for (Receipt& receipt : taker.receipts) receipt.settle(Outcome::accepted);
    REQUIRE(until([&] { return was_asked("XACK a/y g 3-0"); }));
    CHECK(was_asked("XACK a/x g 1-0 2-0"));
}

TEST_CASE_FIXTURE(Fixture, "a stream that is gone has all joined again, from their beginning") {
    answers["XREADGROUP"] = {"-NOGROUP No such key 'a/x' or consumer group 'g'\r\n", ""};
    REQUIRE(open().has_value());
    source->grant(10);
    REQUIRE(until([&] { return count_of("XREADGROUP") == 2; }));
    CHECK(was_asked("XGROUP CREATE a/x g 0"));
    CHECK(taker.losses.empty());
}

TEST_CASE_FIXTURE(Fixture, "streams that are gone again and again are a loss") {
    answers["XREADGROUP"] = {"-NOGROUP No such key 'a/x' or consumer group 'g'\r\n"};
    REQUIRE(open().has_value());
    source->grant(10);
    REQUIRE(until([&] { return !taker.losses.empty(); }));
    CHECK(taker.losses.size() == 1);
    CHECK(taker.losses[0].code == Errc::unreachable);
}

TEST_CASE_FIXTURE(Fixture, "no permission to make a group fails the opening, in Redis' words") {
    answers["XGROUP CREATE"] = {"-NOPERM this user has no permissions\r\n"};
    const Result<void> opened = open();
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == Errc::refused);
    CHECK(opened.error().message.find("NOPERM") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "an acknowledgement that is refused is a loss, so that what it was for comes again") {
    answers["XREADGROUP"] = {array({stream("a/x", {entry("1-0", "1")})}), ""};
    answers["XACK"] = {"-MISCONF Redis is configured to save RDB snapshots\r\n"};
    REQUIRE(open().has_value());
    source->grant(10);
    REQUIRE(until([&] { return taker.receipts.size() == 1; }));
    taker.receipts[0].settle(Outcome::accepted);
    REQUIRE(until([&] { return !taker.losses.empty(); }));
    CHECK(taker.losses.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a Redis that does not tell the connection's number is read all the same") {
    answers.erase("CLIENT ID");
    REQUIRE(open().has_value());
    source->grant(10);
    CHECK(until([&] { return was_asked(new_ones); }));
}

TEST_CASE_FIXTURE(Fixture, "a Redis that does not know how to take over is read all the same") {
    settings.claim_idle = 100ms;
    REQUIRE(open().has_value());
    source->grant(10);
    REQUIRE(until([&] { return count_of("XAUTOCLAIM") == 2; }));  // one for each stream
    CHECK(taker.losses.empty());
}

TEST_CASE_FIXTURE(Fixture, "the gateway may stop while the source is being opened") {
    answers["SCAN"] = {""};
    source = std::make_unique<redis::streams::Source>(shard, login, settings, std::vector{TopicFilter::parse("a/+").value()},
                                      Arrivals::Counters{unmappable, trimmed, echoes, claimed});
    const auto open = [&]() -> boost::asio::awaitable<void> { (void)co_await source->open(taker); };
    boost::asio::co_spawn(shard.io(), open(), boost::asio::detached);
    REQUIRE(until([&] { return count_of("SCAN") == 1; }));
    gateway.stop();
}
