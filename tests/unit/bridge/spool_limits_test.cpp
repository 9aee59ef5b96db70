#include "tests/unit/bridge/spool_under_test.hpp"

using namespace rialto;
using namespace rialto::test;

namespace {

std::uint64_t size_of_one() { return bridge::SpoolQueue::size_of(*numbered(1), ""); }

}  // namespace

TEST_CASE("where the disk does not keep up, what can't wait is dropped before it fills the memory") {
    Disk disk;
    Life life(disk);
    disk.hold();
    const std::string large(1024 * 1024, '1');
    for (int i = 0; i < 20; ++i) {
        life.on_shard([&] { life.spool->push({Message::create("t", as_bytes(large), {}), {}}); });
    }
    CHECK(life.has_dropped("spool_full", 4));
    life.push(1);
    disk.let_go();
    life.home.settle();
    CHECK(life.source->accepted == Numbers{1});
    life.on_shard([&] { life.spool->push({Message::create("t", as_bytes(large), {}), {}}); });
    CHECK(life.has_dropped("spool_full", 4));
}

TEST_CASE("a full spool that blocks lets sources wait, and drops what can't wait") {
    Disk disk;
    Life life(disk, {3 * size_of_one(), 0ms, SpoolConfig::WhenFull::block});
    life.push_all(1, 5);
    life.push(6, false);
    life.home.settle();
    CHECK(life.source->accepted == range(1, 3));
    CHECK(life.has_dropped("spool_full", 1));
    CHECK(life.home.metrics.gauge("limiting", "").value() == 1);
    life.open();
    life.confirm_all();
    CHECK(life.home.metrics.gauge("limiting", "").value() == 0);
    CHECK(life.source->accepted == range(1, 5));
    CHECK(life.sink.numbers == range(1, 5));
}

TEST_CASE("a full spool that drops the oldest keeps the newest") {
    Disk disk;
    Life life(disk, {3 * size_of_one(), 0ms, SpoolConfig::WhenFull::drop_oldest});
    for (int i = 1; i <= 5; ++i) {
        life.push(i);
        life.home.settle();
    }
    CHECK(life.source->accepted == range(1, 5));
    CHECK(life.has_dropped("spool_full", 2));
    life.open();
    CHECK(life.sink.numbers == range(3, 5));
}

TEST_CASE("a full spool that drops the newest keeps the oldest") {
    Disk disk;
    Life life(disk, {3 * size_of_one(), 0ms, SpoolConfig::WhenFull::drop_newest});
    life.push_all(1, 5);
    life.home.settle();
    CHECK(life.source->accepted.size() == 5);
    CHECK(life.has_dropped("spool_full", 2));
    life.open();
    CHECK(life.sink.numbers == range(1, 3));
}

TEST_CASE("what a spool drops is counted for the route that had sent it, also after a restart") {
    Disk disk;
    const auto sent_by = [](const char* stamp) {
        auto properties = std::make_unique<Properties>();
        properties->via = {"elsewhere/first", stamp};
        return Message::create("t", as_bytes(std::string("1")), {}, std::move(properties));
    };
    const SpoolConfig config{2 * bridge::SpoolQueue::size_of(*sent_by("here/one"), ""), 0ms, SpoolConfig::WhenFull::drop_oldest};
    {
        Life life(disk, config);
        life.on_shard([&] { life.spool->push({sent_by("here/one"), {}}); });
    }
    Life life(disk, config);
    for (const char* const stamp : {"here/two", "here/two", "here/two"}) {
        life.on_shard([&] { life.spool->push({sent_by(stamp), {}}); });
        life.home.settle();
    }
    CHECK(life.has_dropped("spool_full", 1, "one"));
    CHECK(life.has_dropped("spool_full", 1, "two"));
}

TEST_CASE("what waited too long is dropped and counted") {
    Disk disk;
    Life life(disk, {1U << 30U, 1ms, SpoolConfig::WhenFull::block});
    life.push_all(1, 3);
    life.home.settle();
    const auto later = wall_now() + 5ms;
    while (wall_now() < later) life.home.shard.run_ready();
    life.open();
    CHECK(life.sink.numbers.empty());
    CHECK(life.has_dropped("spool_too_old", 3));
    CHECK(life.spool->count() == 0);
}
