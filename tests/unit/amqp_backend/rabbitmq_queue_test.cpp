#include "adapters/amqp/backend/rabbitmq_queue.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "adapters/amqp/backend/methods_0_9_1.hpp"
#include "core/gateway.hpp"

// A broker of a few lines: it answers each method with what the test lays out.

using namespace rialto;
using namespace rialto::amqp;
namespace asio = boost::asio;
using asio::ip::tcp;
using v091::Method;

namespace {

Bytes method(Method name, std::string_view arguments = {}) {
    const auto number = static_cast<std::uint32_t>(name);
    const std::size_t size = arguments.size() + 4;
    Bytes out("\x01\0\x01\0\0", 5);
    for (const std::size_t octet : {size >> 8U, size & 255U}) out.push_back(static_cast<char>(octet));
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> static_cast<unsigned>(shift)));
    return out + std::string(arguments) + '\xCE';
}

struct Stand {
    /// Runs make_queue() against a broker that says one of `answers` each time it has heard something.
    Result<std::uint32_t> make(std::vector<Bytes> answers, QueueWish wish = {"q", "amq.topic", {"a.#"}, {}}) {
        asio::co_spawn(shard.io(), serve(std::move(answers)), asio::detached);
        std::optional<Result<std::uint32_t>> result;
        asio::co_spawn(shard.io(), ask(std::move(wish), result), asio::detached);
        const auto deadline = Clock::now() + std::chrono::seconds(10);
        while (!result && Clock::now() < deadline) shard.run_ready();
        REQUIRE(result.has_value());
        return *result;
    }
    asio::awaitable<void> ask(QueueWish wish, std::optional<Result<std::uint32_t>>& result) {
        Dialing dialing;
        dialing.address = {"127.0.0.1", acceptor.local_endpoint().port(), {}};
        dialing.within = std::chrono::milliseconds(2000);
        QueueLogin login{"/", "PLAIN", "me", "secret"};
        result = co_await make_queue(shard, std::move(dialing), std::move(login), std::move(wish));
    }
    asio::awaitable<void> serve(std::vector<Bytes> answers) {
        tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
        for (const Bytes& answer : answers) {
            std::array<char, 4096> buffer;
            const std::size_t size = co_await client.async_read_some(asio::buffer(buffer), asio::use_awaitable);
            heard.append(buffer.data(), size);
            co_await asio::async_write(client, asio::buffer(answer), asio::use_awaitable);
        }
    }

    Gateway gateway{{.name = "here"}};
    Shard& shard = gateway.shard(0);
    tcp::acceptor acceptor{shard.io(), {asio::ip::address_v4::loopback(), 0}};
    std::string heard;
};

const Bytes start = method(Method::connection_start);
const Bytes tune = method(Method::connection_tune, std::string_view("\0\x0A\0\x02\0\0\0\x3C", 8));
const Bytes open_ok = method(Method::connection_open_ok);
const Bytes channel_ok = method(Method::channel_open_ok);
const Bytes declared = method(Method::queue_declare_ok, std::string_view("\x01q\0\0\0\x09\0\0\0\x02", 10));
const Bytes bound = method(Method::queue_bind_ok);
const Bytes unbound = method(Method::queue_unbind_ok);
const Bytes closed = method(Method::connection_close_ok);

}  // namespace

TEST_CASE_FIXTURE(Stand, "the queue is declared, bound and unbound as wished") {
    const QueueWish wish{"q", "amq.topic", {"a.#", "b"}, {"old"}};
    const auto readers = make({start, tune, open_ok, channel_ok, declared, bound, bound, unbound, closed}, wish);
    REQUIRE(readers.has_value());
    CHECK(*readers == 2);
    for (const Bytes& question : {v091::declare_queue("q"), v091::bind_queue("q", "amq.topic", "a.#"),
                                  v091::bind_queue("q", "amq.topic", "b"), v091::unbind_queue("q", "amq.topic", "old")}) {
        CHECK(heard.find(question) != std::string::npos);
    }
}

TEST_CASE_FIXTURE(Stand, "a refused login is told in the broker's words") {
    const Bytes no = method(Method::connection_close, std::string_view("\x01\x93\x0Ano entrance\0\0\0\0", 17));
    const Result<std::uint32_t> made = make({start, no});
    REQUIRE(made.has_error());
    CHECK(made.error().code == Errc::refused);
    CHECK(made.error().message.find("no entranc") != std::string::npos);
}

TEST_CASE_FIXTURE(Stand, "a broker that hangs up at the login has refused it") {
    const Result<std::uint32_t> made = make({start, ""});
    REQUIRE(made.has_error());
    CHECK(made.error().code == Errc::refused);
}

TEST_CASE_FIXTURE(Stand, "a permission that is missing is a refusal") {
    const Bytes no = method(Method::channel_close, std::string_view("\x01\x93\x02no\0\0\0\0", 9));
    CHECK(make({start, tune, open_ok, channel_ok, no}).error().code == Errc::refused);
}

TEST_CASE_FIXTURE(Stand, "a broker that does not speak 0-9-1 is told from one that does") {
    CHECK(make({Bytes("AMQP\x03\x01\0\0", 8)}).error().code == Errc::protocol);
    CHECK_FALSE(heard.empty());
}

TEST_CASE_FIXTURE(Stand, "an answer to something else is the broker's mistake") {
    CHECK(make({start, open_ok}).error().code == Errc::protocol);
}

TEST_CASE_FIXTURE(Stand, "nobody there is unreachable") {
    Dialing dialing;
    dialing.address = {"127.0.0.1", acceptor.local_endpoint().port(), {}};
    acceptor.close();
    std::optional<Result<std::uint32_t>> result;
    const QueueLogin login{"/", "PLAIN", "me", "secret"};
    const QueueWish wish{"q", "x", {}, {}};
    const auto connect = [&]() -> asio::awaitable<void> { result = co_await make_queue(shard, dialing, login, wish); };
    asio::co_spawn(shard.io(), connect(), asio::detached);
    const auto deadline = Clock::now() + std::chrono::seconds(10);
    while (!result && Clock::now() < deadline) shard.run_ready();
    REQUIRE(result.has_value());
    CHECK(result->error().code == Errc::unreachable);
}
