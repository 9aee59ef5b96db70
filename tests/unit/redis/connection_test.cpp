#include "adapters/redis/connection.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

#include "adapters/redis/adapter.hpp"
#include "adapters/redis/sink.hpp"
#include "adapters/redis/source.hpp"
#include "core/gateway.hpp"
#include "core/options.hpp"
#include "core/url.hpp"
#include "tests/unit/redis/scripted_redis.hpp"

using namespace rialto;
using redis::Login;
using redis::ScriptedRedis;
using namespace std::chrono_literals;

namespace {

struct Outcomes final : Settler {
    using Settler::Settler;
    void settled(std::uint64_t, Outcome outcome) noexcept override { all.push_back(outcome); }
    std::vector<Outcome> all;
};

struct Fixture {
    Fixture() { login.dialing.within = 5s; }

    bool until(const std::function<bool()>& done) {
        const auto deadline = Clock::now() + 10s;
        while (!done()) {
            if (Clock::now() > deadline) return false;
            shard.run_ready();
            std::this_thread::yield();
        }
        return true;
    }
    Result<void> run(boost::asio::awaitable<Result<void>> work) {
        std::optional<Result<void>> result;
        const auto keep = [&]() -> boost::asio::awaitable<void> { result = co_await std::move(work); };
        boost::asio::co_spawn(shard.io(), keep(), boost::asio::detached);
        REQUIRE(until([&] { return result.has_value(); }));
        return *result;
    }
    Result<void> open_sink() {
        sink = std::make_unique<redis::Sink>(shard, "cache", login);
        return run(sink->open(watcher));
    }
    void send(std::string_view topic) {
        sink->send(Message::create(topic, as_bytes("x"), {}), Receipt(outcomes, 0));
    }

    struct Watcher final : SinkWatcher {
        void lost(Error reason) noexcept override { losses.push_back(std::move(reason)); }
        std::vector<Error> losses;
    };

    Gateway gateway{{.name = "test"}};
    Shard& shard = gateway.shard(0);
    ScriptedRedis server{shard};
    Login login = server.login();
    Watcher watcher;
    Ref<Outcomes> outcomes{new Outcomes(shard)};
    std::unique_ptr<redis::Sink> sink;
};

using Commands = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a password alone is for the default user, and the database is chosen") {
    server.script = {"+OK\r\n", "+OK\r\n", "+PONG\r\n"};
    login.password = "secret";
    login.database = "3";
    CHECK(open_sink().has_value());
    CHECK(server.commands == Commands{"AUTH secret", "SELECT 3", "PING"});
}

TEST_CASE_FIXTURE(Fixture, "a user of an access control list logs in with name and password") {
    server.script = {"+OK\r\n", "+PONG\r\n"};
    login.user = "rialto";
    login.password = "secret";
    CHECK(open_sink().has_value());
    CHECK(server.commands == Commands{"AUTH rialto secret", "PING"});
}

TEST_CASE_FIXTURE(Fixture, "a wrong password is a refusal, told in Redis' words") {
    server.script = {"-WRONGPASS invalid username-password pair or user is disabled.\r\n"};
    login.password = "wrong";
    const Result<void> opened = open_sink();
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == Errc::refused);
    CHECK(opened.error().message.find("WRONGPASS") != std::string::npos);
    CHECK(opened.error().message.find("wrong") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a password that is missing is a refusal") {
    server.script = {"-NOAUTH Authentication required.\r\n"};
    CHECK(open_sink().error().code == Errc::refused);
}

TEST_CASE_FIXTURE(Fixture, "a Redis that is still loading is worth another try") {
    server.script = {"-LOADING Redis is loading the dataset in memory\r\n"};
    CHECK(open_sink().error().code == Errc::unreachable);
}

TEST_CASE_FIXTURE(Fixture, "somebody who does not answer is given up") {
    login.dialing.within = 50ms;
    CHECK(open_sink().error().code == Errc::timed_out);
}

TEST_CASE_FIXTURE(Fixture, "somebody who is not Redis is told so") {
    server.script = {"HTTP/1.1 400 Bad Request\r\n\r\n"};
    CHECK(open_sink().error().code == Errc::protocol);
}

TEST_CASE_FIXTURE(Fixture, "answers settle receipts in order, each by its own outcome") {
    server.script = {"+PONG\r\n", ":0\r\n", "-NOPERM this user has no permissions\r\n", "-OOM not enough memory\r\n", ":2\r\n"};
    REQUIRE(open_sink().has_value());
    for (const char* topic : {"a", "b", "c", "d"}) send(topic);
    REQUIRE(until([&] { return outcomes->all.size() == 4; }));
    CHECK(outcomes->all ==
          std::vector{Outcome::accepted, Outcome::rejected, Outcome::released, Outcome::accepted});
    CHECK(server.commands.back() == "PUBLISH d x");
}

TEST_CASE_FIXTURE(Fixture, "losing the permission to speak at all releases, and is a loss") {
    server.script = {"+PONG\r\n", "-NOAUTH Authentication required.\r\n"};
    REQUIRE(open_sink().has_value());
    send("a");
    send("b");
    REQUIRE(until([&] { return watcher.losses.size() == 1; }));
    CHECK(outcomes->all == std::vector(2, Outcome::released));
    CHECK(watcher.losses[0].code == Errc::refused);
}

TEST_CASE_FIXTURE(Fixture, "silence is answered with a PING, and silence again is a loss") {
    server.script = {"+PONG\r\n", "+PONG\r\n", ""};
    login.keep_alive = 50ms;
    REQUIRE(open_sink().has_value());
    REQUIRE(until([&] { return watcher.losses.size() == 1; }));
    CHECK(server.commands == Commands{"PING", "PING", "PING"});
    CHECK(watcher.losses[0].code == Errc::timed_out);
}

TEST_CASE_FIXTURE(Fixture, "an answer that nobody waits for is a loss") {
    server.script = {"+PONG\r\n"};
    REQUIRE(open_sink().has_value());
    server.wire->write(as_bytes(":1\r\n"));
    REQUIRE(until([&] { return watcher.losses.size() == 1; }));
    CHECK(watcher.losses[0].code == Errc::protocol);
}

TEST_CASE_FIXTURE(Fixture, "a subscription that is refused fails the opening") {
    struct Nobody final : Inlet {
        void accept(MessagePtr, Receipt) noexcept override {}
        void lost(Error) noexcept override {}
    } nobody;
    Counter unmappable;
    redis::Source source(shard, login, {TopicFilter::parse("a").value(), TopicFilter::parse("b/#").value()}, unmappable);
    server.script = {"+PONG\r\n", "-NOPERM this user has no permissions\r\n"};
    const Result<void> opened = run(source.open(nobody));
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == Errc::refused);
    CHECK(server.commands[1] == "SUBSCRIBE a b");
}

TEST_CASE_FIXTURE(Fixture, "the gateway may stop while a subscription is not confirmed") {
    struct Nobody final : Inlet {
        void accept(MessagePtr, Receipt) noexcept override {}
        void lost(Error) noexcept override {}
    } nobody;
    Counter unmappable;
    redis::Source source(shard, login, {TopicFilter::parse("a").value()}, unmappable);
    server.script = {"+PONG\r\n"};
    const auto open = [&]() -> boost::asio::awaitable<void> { (void)co_await source.open(nobody); };
    boost::asio::co_spawn(shard.io(), open(), boost::asio::detached);
    REQUIRE(until([&] { return server.commands.size() == 2; }));
    gateway.stop();
}

TEST_CASE_FIXTURE(Fixture, "what is published on a channel that is no topic is counted and dropped") {
    struct Taker final : Inlet {
        void accept(MessagePtr message, Receipt) noexcept override { topics.emplace_back(message->topic()); }
        void lost(Error) noexcept override {}
        std::vector<std::string> topics;
    } taker;
    Counter unmappable;
    redis::Source source(shard, login, {TopicFilter::parse("#").value()}, unmappable);
    server.script = {"+PONG\r\n", "*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n"};
    REQUIRE(run(source.open(taker)).has_value());
    source.grant(10);
    for (const char* channel : {"a+b", "\xFF\xFE\xFD", "a/b"}) {
        server.wire->write(as_bytes("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$3\r\n" + std::string(channel) + "\r\n$1\r\nx\r\n"));
    }
    REQUIRE(until([&] { return !taker.topics.empty(); }));
    CHECK(taker.topics == Commands{"a/b"});
    CHECK(unmappable.value() == 2);
}

TEST_CASE("an address whose database is no number, or whose user has no password, is refused") {
    Gateway gateway({.name = "test"});
    const auto adapter = redis::make_adapter(gateway);
    const auto make = [&](std::string_view address) {
        const Url url = Url::parse(address).value();
        const OptionValues options(adapter->backend_options());
        return adapter->make_backend({"b", url, options}, gateway.shard(0));
    };
    CHECK(make("redis://localhost").has_value());
    CHECK(make("redis://:secret@localhost:6380/2").has_value());
    CHECK(make("redis://localhost/two").error().code == Errc::invalid);
    CHECK(make("redis://rialto@localhost").error().code == Errc::invalid);
}
