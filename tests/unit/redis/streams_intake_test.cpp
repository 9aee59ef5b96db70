#include <doctest/doctest.h>

#include <thread>

#include "adapters/redis/streams/intake.hpp"
#include "core/gateway.hpp"

using namespace rialto;
using namespace rialto::redis::streams;
using namespace std::chrono_literals;

namespace {

struct Taker final : Inlet {
    void accept(MessagePtr message, Receipt receipt) noexcept override {
        payloads.emplace_back(as_text(message->payload()));
        receipts.push_back(std::move(receipt));
    }
    void lost(Error) noexcept override {}

    std::vector<std::string> payloads;
    std::vector<Receipt> receipts;
};

struct Fixture {
    Fixture() { intake.open(taker); }

    void arrive(std::initializer_list<std::uint64_t> ids) {
        for (const std::uint64_t id : ids) {
            intake.take({key, {id, 0}, Message::create("a", as_bytes(std::to_string(id)), {}), shard.now()});
        }
        intake.hand_on();
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
    void settle(std::size_t at, Outcome outcome) {
        taker.receipts[at].settle(outcome);
        shard.run_ready();
    }
    std::vector<std::uint64_t> acknowledged() {
        std::vector<std::uint64_t> ids;
        const Intake::Ids all = intake.take_acknowledged();
        if (all.contains("s")) {
            for (const EntryId& id : all.at("s")) ids.push_back(id.milliseconds);
        }
        return ids;
    }

    Gateway gateway{{.name = "test"}};
    Shard& shard = gateway.shard(0);
    Taker taker;
    int changes = 0;
    std::shared_ptr<const std::string> key = std::make_shared<const std::string>("s");
    Intake intake{shard, [this] { ++changes; }, 1ms};
};

using Payloads = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "as much goes on as there is credit for, and there is room only when all has gone on") {
    CHECK(intake.room() == 0);
    arrive({1, 2, 3});
    CHECK(taker.payloads.empty());
    intake.grant(2);
    CHECK(taker.payloads == Payloads{"1", "2"});
    CHECK(intake.room() == 0);
    intake.grant(3);
    CHECK(taker.payloads == Payloads{"1", "2", "3"});
    CHECK(intake.room() == 2);
}

TEST_CASE_FIXTURE(Fixture, "what was accepted or refused for good is acknowledged, once") {
    intake.grant(10);
    arrive({1, 2, 3});
    settle(2, Outcome::accepted);
    settle(0, Outcome::rejected);
    CHECK(acknowledged() == Numbers{3, 1});
    CHECK(acknowledged().empty());
}

TEST_CASE_FIXTURE(Fixture, "what was released goes again in the old order, before anything newer") {
    intake.grant(4);
    arrive({1, 2, 3});
    settle(1, Outcome::released);
    settle(0, Outcome::released);
    intake.grant(10);
    arrive({4});
    CHECK(taker.payloads.size() == 3);
    CHECK(intake.room() == 0);
    REQUIRE(until([&] { return taker.payloads.size() == 6; }));
    CHECK(taker.payloads == Payloads{"1", "2", "3", "1", "2", "4"});
    CHECK(acknowledged().empty());
    settle(3, Outcome::accepted);
    CHECK(acknowledged() == Numbers{1});
}

TEST_CASE_FIXTURE(Fixture, "a message may be settled from within accept()") {
    struct Prompt final : Inlet {
        void accept(MessagePtr, Receipt receipt) noexcept override { receipt.settle(Outcome::accepted); }
        void lost(Error) noexcept override {}
    } prompt;
    intake.open(prompt);
    intake.grant(2);
    arrive({1, 2});
    shard.run_ready();
    CHECK(acknowledged() == Numbers{1, 2});
}

TEST_CASE_FIXTURE(Fixture, "receipts of an earlier connection settle nothing") {
    intake.grant(2);
    arrive({1, 2});
    Taker second;
    intake.open(second);
    settle(0, Outcome::accepted);
    settle(1, Outcome::released);
    CHECK(acknowledged().empty());
    CHECK(second.payloads.empty());
    CHECK(intake.room() == 0);
}

TEST_CASE_FIXTURE(Fixture, "receipts that outlive the intake settle nothing") {
    Taker late;
    {
        Intake other(shard, [] {});
        other.open(late);
        other.grant(1);
        other.take({key, {1, 0}, Message::create("a", as_bytes("1"), {})});
        other.hand_on();
    }
    late.receipts[0].settle(Outcome::accepted);
    shard.run_ready();
}

TEST_CASE_FIXTURE(Fixture, "what is held for long is told as ours, each time anew") {
    intake.grant(1);
    arrive({1, 2});
    const Instant later = shard.now() + 1h;
    CHECK(intake.take_older_than(shard.now() - 1h).empty());
    CHECK(intake.take_older_than(later)["s"].size() == 2);
    CHECK(intake.holds("s", {1, 0}));
    CHECK(intake.holds("s", {2, 0}));
    CHECK_FALSE(intake.holds("t", {1, 0}));
    settle(0, Outcome::accepted);
    CHECK_FALSE(intake.holds("s", {1, 0}));
}
