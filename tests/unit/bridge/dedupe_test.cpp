#include "bridge/dedupe.hpp"

#include <doctest/doctest.h>

#include "tests/support/memory_engine.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using namespace std::chrono_literals;
using bridge::Dedupe;
using bridge::Passage;
using test::Publisher;

namespace {

MessagePtr with_id(Id id, std::string_view payload = "x") {
    auto properties = std::make_unique<Properties>();
    properties->message_id = std::move(id);
    return Message::create("t", as_bytes(payload), {}, std::move(properties));
}

/// Writes down what passes; the test decides what becomes of it.
struct Passing final : Passage {
    void pass(std::string_view place, const MessagePtr& message, const Receipt& receipt) override {
        got.push_back(std::string(place) + ":" + std::string(as_text(message->payload())));
        shares.push_back(receipt.share());
    }
    std::vector<std::string> got;
    std::vector<Receipt> shares;
};

struct Fixture {
    Gateway gateway{{"gw", 1, true}};
    Shard& shard = gateway.shard(0);
    Passing passing;
    Ref<Publisher> publisher{new Publisher(shard)};
    Ref<Dedupe> dedupe;

    Fixture() { make({Dedupe::By::message_id, 10min}); }
    ~Fixture() {
        on_shard([&] { passing.shares.clear(); });
        gateway.stop();
    }
    void make(bridge::DedupeConfig settings, std::size_t most = Dedupe::most_remembered) {
        dedupe.reset(new Dedupe(gateway, "r", settings, most));
        dedupe->admit(passing);
    }
    void on_shard(std::function<void()> task) {
        shard.post(std::move(task));
        shard.run_ready();
    }
    void take(MessagePtr message, std::uint64_t token = 0) {
        on_shard([&] {
            Receipt receipt = token ? Receipt(publisher, token) : Receipt();
            dedupe->take(passing, "p", message, receipt);
            receipt.settle(Outcome::accepted);
        });
    }
    void settle(std::size_t index, Outcome outcome = Outcome::accepted) {
        on_shard([&] { passing.shares[index].settle(outcome); });
    }
    bool counts_duplicates(std::uint64_t count) {
        const auto sample = "rialto_route_dropped_total{route=\"r\",reason=\"duplicate\"} " + std::to_string(count) + "\n";
        return gateway.metrics().text().find(sample) != std::string::npos;
    }
    using Heard = std::vector<std::pair<std::uint64_t, Outcome>>;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a repeat of what was accepted is left out, accepted and counted") {
    take(with_id(std::string("1"), "first"), 1);
    settle(0);
    take(with_id(std::string("1"), "again"), 2);
    take(with_id(std::string("2"), "other"), 3);
    CHECK(passing.got == Texts{"p:first", "p:other"});
    CHECK(publisher->heard == Heard{{1, Outcome::accepted}, {2, Outcome::accepted}});
    CHECK(counts_duplicates(1));
}

TEST_CASE_FIXTURE(Fixture, "a repeat that comes while the first is on its way waits, and is left out where that gets through") {
    take(with_id(std::string("1")), 1);
    take(with_id(std::string("1")), 2);
    CHECK(passing.got.size() == 1);
    CHECK(publisher->heard.empty());
    settle(0);
    CHECK(publisher->heard == Heard{{1, Outcome::accepted}, {2, Outcome::accepted}});
    CHECK(passing.got.size() == 1);
    CHECK(counts_duplicates(1));
}

TEST_CASE_FIXTURE(Fixture, "a repeat goes on where the first did not get through, and the next one waits for it") {
    take(with_id(std::string("1"), "first"), 1);
    take(with_id(std::string("1"), "second"), 2);
    take(with_id(std::string("1"), "third"), 3);
    settle(0, Outcome::released);
    CHECK(passing.got == Texts{"p:first", "p:second"});
    CHECK(publisher->heard == Heard{{1, Outcome::released}});
    settle(1);
    CHECK(passing.got.size() == 2);
    CHECK(publisher->heard == Heard{{1, Outcome::released}, {2, Outcome::accepted}, {3, Outcome::accepted}});
}

TEST_CASE_FIXTURE(Fixture, "a refused message may come again") {
    take(with_id(std::string("1")), 1);
    settle(0, Outcome::rejected);
    take(with_id(std::string("1")), 2);
    CHECK(passing.got.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "what nobody waits for counts as gone through at once") {
    take(with_id(std::string("1")));
    take(with_id(std::string("1")));
    CHECK(passing.got.size() == 1);
    CHECK(counts_duplicates(1));
}

TEST_CASE_FIXTURE(Fixture, "messages without an identifier pass, and identifiers of different types are different") {
    take(with_id({}), 1);
    take(with_id({}), 2);
    take(with_id(std::string("1")), 3);
    take(with_id(std::uint64_t{1}), 4);
    CHECK(passing.got.size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "by payload, topic and payload tell a repeat") {
    make({Dedupe::By::payload, 10min});
    take(test::message("a", "x"));
    take(test::message("b", "x"));
    take(test::message("a", "y"));
    take(test::message("a", "x"));
    CHECK(passing.got == Texts{"p:x", "p:x", "p:y"});
}

TEST_CASE_FIXTURE(Fixture, "beyond the most that is remembered the oldest is forgotten") {
    make({Dedupe::By::message_id, 10min}, 2);
    for (const char* id : {"1", "2", "3"}) take(with_id(std::string(id)));
    take(with_id(std::string("3")));
    CHECK(passing.got.size() == 3);
    take(with_id(std::string("1")));
    CHECK(passing.got.size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "outside its window a message is new") {
    make({Dedupe::By::message_id, 0ms});
    take(with_id(std::string("1")));
    take(with_id(std::string("1")));
    CHECK(passing.got.size() == 2);
}

TEST_CASE("what was seen is known in the next life, and the source hears when it would be") {
    test::Disk disk;
    const auto live = [&](std::uint64_t first, std::uint64_t last, bool waits_for_disk) {
        Fixture life;
        REQUIRE(life.gateway.keep_in(std::make_unique<test::MemoryEngine>(disk)));
        REQUIRE(life.dedupe->restore());
        if (waits_for_disk) disk.hold();
        for (std::uint64_t id = first; id <= last; ++id) life.take(with_id(id), id);
        for (std::size_t i = 0; i < life.passing.shares.size(); ++i) life.settle(i);
        if (waits_for_disk) {
            CHECK(life.publisher->heard.empty());
            disk.let_go();
        }
        const auto deadline = Clock::now() + 10s;
        while (life.publisher->heard.size() < last - first + 1 && Clock::now() < deadline) life.shard.run_ready();
        CHECK(life.publisher->heard.size() == last - first + 1);
        return life.passing.got.size();
    };
    CHECK(live(1, 3, true) == 3);
    CHECK(live(2, 5, false) == 2);
    CHECK(live(1, 5, false) == 0);
}

TEST_CASE_FIXTURE(Fixture, "repeats that wait for a route that leaves are released") {
    take(with_id(std::string("1")), 1);
    take(with_id(std::string("1")), 2);
    on_shard([&] { dedupe->forget(passing); });
    CHECK(publisher->heard == Heard{{2, Outcome::released}});
    settle(0);
    CHECK(passing.got.size() == 1);
}
