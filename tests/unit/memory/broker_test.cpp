#include "adapters/memory/broker.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>

#include "adapters/memory/adapter.hpp"
#include "adapters/memory/backend.hpp"
#include "core/gateway.hpp"
#include "core/options.hpp"
#include "core/url.hpp"

using namespace rialto;

namespace {

MessagePtr message(std::string_view topic, std::string_view payload = "x") {
    return Message::create(topic, as_bytes(payload), {Qos::at_least_once});
}

/// A sink on a shard that the test runs, and what became of its messages.
struct Writer : SinkWatcher {
    struct Outcomes final : Settler {
        using Settler::Settler;
        void settled(std::uint64_t, Outcome outcome) noexcept override { all.push_back(outcome); }
        std::vector<Outcome> all;
    };

    virtual ~Writer() = default;
    Writer() {
        boost::asio::co_spawn(shard.io(), sink->open(*this), boost::asio::detached);
        shard.run_ready();
    }
    void lost(Error) noexcept override { ++losses; }
    void send(std::string_view topic) {
        sink->send(message(topic), Receipt(outcomes, 0));
        shard.run_ready();
    }

    Shard shard{0};
    memory::Backend backend{shard, "broker-test", "writer"};
    memory::Broker& broker = backend.broker();
    std::unique_ptr<Sink> sink = backend.make_sink();
    Ref<Outcomes> outcomes{new Outcomes(shard)};
    int losses = 0;
};

}  // namespace

TEST_CASE("a broker is the same for everybody who names it, and new once nobody holds it") {
    auto first = memory::Broker::named("one");
    CHECK(memory::Broker::named("one") == first);
    CHECK(memory::Broker::named("two") != first);
    first->publish(Message::create("a", as_bytes("x"), {.retain = true}));
    first.reset();
    CHECK(memory::Broker::named("one")->last_values(TopicFilter::parse("#").value()).empty());
}

TEST_CASE_FIXTURE(Writer, "a broker that is told to refuse says so, and keeps nothing") {
    broker.answer_with(Outcome::rejected);
    send("a");
    CHECK(outcomes->all == std::vector{Outcome::rejected});
    CHECK(broker.published().empty());
}

TEST_CASE_FIXTURE(Writer, "a broker that holds confirmations has the messages all the same") {
    broker.hold_confirmations();
    send("a");
    send("b");
    CHECK(outcomes->all.empty());
    CHECK(broker.published().size() == 2);
    broker.confirm_held();
    shard.run_ready();
    CHECK(outcomes->all == std::vector(2, Outcome::accepted));
}

TEST_CASE_FIXTURE(Writer, "confirmations that were held when the connection broke never come") {
    broker.hold_confirmations();
    send("a");
    broker.lose_connections({Errc::unreachable, "broken"});
    shard.run_ready();
    CHECK(outcomes->all == std::vector{Outcome::released});
    CHECK(losses == 1);
    broker.confirm_held();
    shard.run_ready();
    CHECK(outcomes->all.size() == 1);
}

TEST_CASE("backends on different threads meet at one broker") {
    struct Reader final : Inlet {
        void accept(MessagePtr message, Receipt receipt) noexcept override {
            receipt.settle(Outcome::accepted);
            payloads.emplace_back(as_text(message->payload()));
            if (payloads.size() == 1000) done.set_value();
        }
        void lost(Error) noexcept override {}
        std::vector<std::string> payloads;
        std::promise<void> done;
    } reader;
    struct Watcher final : SinkWatcher {
        void lost(Error) noexcept override {}
    } watcher;
    Gateway gateway({.name = "test", .workers = 2});
    memory::Backend there(gateway.shard(0), "threads", "reader");
    memory::Backend here(gateway.shard(1), "threads", "writer");
    const auto source = there.make_source({TopicFilter::parse("#").value()});
    const auto sink = here.make_sink();
    std::promise<void> opened;
    boost::asio::co_spawn(
        gateway.shard(0).io(),
        [&]() -> boost::asio::awaitable<void> {
            static_cast<void>(co_await source->open(reader));
            source->grant(1000);
            opened.set_value();
        },
        boost::asio::detached);
    boost::asio::co_spawn(
        gateway.shard(1).io(),
        [&]() -> boost::asio::awaitable<void> {
            opened.get_future().wait();
            static_cast<void>(co_await sink->open(watcher));
            for (int i = 0; i < 1000; ++i) sink->send(message("a", std::to_string(i)), Receipt());
        },
        boost::asio::detached);
    gateway.start();
    reader.done.get_future().wait();
    gateway.stop();
    for (int i = 0; i < 1000; ++i) REQUIRE(reader.payloads[static_cast<std::size_t>(i)] == std::to_string(i));
    CHECK(there.broker().unsettled("reader") == 0);
}

TEST_CASE("memory:NAME is the address of a broker, and one with a host is none") {
    Gateway gateway({.name = "test"});
    const auto adapter = memory::make_adapter(gateway);
    const auto make = [&](std::string_view address) {
        const Url url = Url::parse(address).value();
        const OptionValues options(adapter->backend_options());
        return adapter->make_backend({"b", url, options}, gateway.shard(0));
    };
    REQUIRE(make("memory:bus").has_value());
    CHECK(make("memory://host/bus").error().code == Errc::invalid);
}
