#include "tests/unit/stomp_backend/scripted_broker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::test;

TEST_CASE_FIXTURE(Stand, "a message has a receipt, and RECEIPT accepts it") {
    REQUIRE(open_sink());
    send("a/b", "hello");
    REQUIRE(has(Command::send, 1));
    const auto frame = broker.all(Command::send)[0];
    CHECK(frame["destination"] == "a/b");
    CHECK(frame["persistent"] == "true");
    CHECK(frame["content-length"] == "5");
    CHECK(frame.body == "hello");
    CHECK(settled->all.empty());
    broker.receipt(frame["receipt"]);
    REQUIRE(until([&] { return !settled->all.empty(); }));
    CHECK(outcomes() == std::vector{Outcome::accepted});
}

TEST_CASE_FIXTURE(Stand, "receipts that come in another order settle in the order of the sends") {
    REQUIRE(open_sink());
    for (int i = 0; i < 3; ++i) send("a");
    REQUIRE(has(Command::send, 3));
    const Texts ids = values(Command::send, "receipt");
    for (const std::size_t at : {2U, 0U, 1U}) broker.receipt(ids[at]);
    REQUIRE(until([&] { return settled->all.size() == 3; }));
    CHECK(outcomes() == std::vector(3, Outcome::accepted));
}

TEST_CASE_FIXTURE(Stand, "a receipt that nobody asked for changes nothing") {
    REQUIRE(open_sink());
    send("a");
    for (const char* id : {"99", "", "x", "-1"}) broker.receipt(id);
    settle_down();
    CHECK(settled->all.empty());
    CHECK(writing.losses.empty());
}

TEST_CASE_FIXTURE(Stand, "an ERROR releases what has no receipt yet, and then the loss is told") {
    REQUIRE(open_sink());
    for (int i = 0; i < 2; ++i) send("a");
    REQUIRE(has(Command::send, 2));
    broker.receipt(values(Command::send, "receipt")[0]);
    broker.send("ERROR\nmessage:out of disk\n\n");
    REQUIRE(until([&] { return !writing.losses.empty(); }));
    CHECK(outcomes() == std::vector{Outcome::accepted, Outcome::released});
}

TEST_CASE_FIXTURE(Stand, "an ERROR that says that we may not send a message rejects that one alone") {
    REQUIRE(open_sink());
    for (int i = 0; i < 3; ++i) send("a");
    REQUIRE(has(Command::send, 3));
    broker.send("ERROR\nreceipt-id:" + values(Command::send, "receipt")[1] +
                "\nmessage:User rialto is not authorized to write to: topic://a\n\n");
    REQUIRE(until([&] { return !writing.losses.empty(); }));
    std::vector<Outcome> by_token(3);
    for (const auto& [token, outcome] : settled->all) by_token.at(token) = outcome;
    CHECK(by_token == std::vector{Outcome::released, Outcome::rejected, Outcome::released});
}

TEST_CASE_FIXTURE(Stand, "closing waits for the receipts that are still to come") {
    REQUIRE(open_sink());
    broker.answers_disconnect = false;
    send("a");
    REQUIRE(has(Command::send, 1));
    std::optional<bool> is_closed;
    boost::asio::co_spawn(
        shard.io(),
        [&]() -> boost::asio::awaitable<void> {
            co_await sink->close();
            is_closed = true;
        },
        boost::asio::detached);
    REQUIRE(has(Command::disconnect, 1));
    broker.receipt(values(Command::send, "receipt")[0]);
    broker.receipt(values(Command::disconnect, "receipt")[0]);
    REQUIRE(until([&] { return is_closed.has_value(); }));
    CHECK(outcomes() == std::vector{Outcome::accepted});
}

TEST_CASE("text goes without a length where that says that it is text, unless a NUL would end it") {
    Stand stand("activemq");
    REQUIRE(stand.open_sink());
    const auto text = [] {
        auto properties = std::make_unique<Properties>();
        properties->body_kind = BodyKind::text;
        return properties;
    };
    stand.send("a", "text", {}, text());
    stand.send("a", "bytes");
    stand.send("a", std::string_view("te\0xt", 5), {}, text());
    REQUIRE(stand.has(Command::send, 3));
    CHECK(stand.values(Command::send, "content-length") == Texts{"(none)", "5", "5"});
    CHECK(stand.broker.all(Command::send)[2].body == std::string("te\0xt", 5));
    CHECK(stand.values(Command::send, "rialto-body") == Texts{"text", "(none)", "text"});
}
