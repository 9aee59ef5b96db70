#include "core/store/store.hpp"

#include <doctest/doctest.h>

#include "core/store/keys.hpp"
#include "tests/unit/store/fixtures.hpp"

using namespace rialto;
using namespace rialto::store;
using test::Disk;
using test::Home;
using test::Publisher;

TEST_CASE("what one turn writes is safe together, and whoever waits hears of it then") {
    Disk disk;
    Home home(disk);
    const Ref<Publisher> publisher(new Publisher(home.shard));
    disk.hold();
    home.journal.batch().put("a", "1");
    home.journal.batch().put("b", "2");
    home.journal.batch().erase("a");
    home.journal.settle_when_written(Receipt(publisher, 1));
    home.shard.run_ready();
    CHECK(publisher->accepted == 0);
    CHECK(home.journal.turn() == 2);
    CHECK(home.journal.written() == 0);
    disk.let_go();
    REQUIRE(home.run_until([&] { return publisher->accepted == 1; }));
    CHECK(home.journal.written() == 1);
    CHECK(disk.keys == decltype(disk.keys){{"b", "2"}});
}

TEST_CASE("one sync covers all that came while the last one ran") {
    Disk disk;
    Home home(disk);
    disk.hold();
    for (int i = 0; i < 100; ++i) {
        home.journal.batch().put("key" + std::to_string(i), "x");
        home.shard.run_ready();
    }
    disk.let_go();
    REQUIRE(home.settle());
    CHECK(disk.keys.size() == 100);
    CHECK(disk.writes <= 3);
}

TEST_CASE("nothing is called safe while the disk is full, and all is once there is room") {
    Disk disk;
    Home home(disk);
    const Ref<Publisher> publisher(new Publisher(home.shard));
    disk.is_full = true;
    home.journal.batch().put("a", "1");
    home.journal.settle_when_written(Receipt(publisher, 1));
    const auto says = [&](const char* line) { return home.metrics.text().find(line) != std::string::npos; };
    REQUIRE(home.run_until([&] { return says("rialto_store_up 0"); }));
    CHECK(publisher->accepted == 0);
    disk.is_full = false;
    REQUIRE(home.run_until([&] { return publisher->accepted == 1; }));
    CHECK(says("rialto_store_up 1"));
    CHECK(says("rialto_store_pending_bytes 0"));
    CHECK(disk.keys.at("a") == "1");
}

TEST_CASE("what can't be written before the end is not called safe") {
    Disk disk;
    disk.is_full = true;
    Metrics metrics;
    Shard shard(0);
    const Ref<Publisher> publisher(new Publisher(shard));
    {
        Store store(std::make_unique<test::MemoryEngine>(disk), metrics);
        Journal journal(store, shard);
        journal.batch().put("a", "1");
        journal.settle_when_written(Receipt(publisher, 1));
        shard.run_ready();
        store.stop();
    }
    shard.run_ready();
    CHECK(publisher->accepted == 0);
    CHECK(disk.keys.empty());
}

TEST_CASE("what waits is written before the end") {
    Disk disk;
    {
        Home home(disk);
        home.journal.batch().put("a", "1");
        home.shard.run_ready();
        home.store.stop();
    }
    CHECK(disk.keys.at("a") == "1");
}

TEST_CASE("a writer is asked once for what it has to say in a turn") {
    struct Counts final : JournalWriter {
        void write_to(Batch& batch) override { batch.put("count", std::to_string(++count)); }
        int count = 0;
    } counts, other;
    Disk disk;
    Home home(disk);
    home.journal.ask(counts);
    home.journal.ask(other);
    home.journal.forget(other);
    REQUIRE(home.settle());
    CHECK(counts.count == 1);
    CHECK(other.count == 0);
    CHECK(disk.keys.at("count") == "1");
}
