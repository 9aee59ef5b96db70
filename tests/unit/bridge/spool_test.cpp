#include <random>

#include "core/store/keys.hpp"
#include "tests/unit/bridge/spool_under_test.hpp"

using namespace rialto;
using namespace rialto::test;

namespace {

/// Where each arrived for the last time; those are in order where repeats are taken out.
bool ends_in_order(const Numbers& arrived, int count) {
    std::vector<std::size_t> last(static_cast<std::size_t>(count) + 1, 0);
    for (std::size_t i = 0; i < arrived.size(); ++i) last[static_cast<std::size_t>(arrived[i])] = i + 1;
    for (int i = 1; i <= count; ++i) {
        if (last[static_cast<std::size_t>(i)] <= last[static_cast<std::size_t>(i) - 1]) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("while the backend keeps up nothing goes to disk, and receipts wait for the backend") {
    Disk disk;
    Life life(disk);
    life.open();
    life.push_all(1, 3);
    CHECK(life.sink.numbers == range(1, 3));
    CHECK(life.source->accepted.empty());
    life.confirm(3);
    CHECK(life.source->accepted == range(1, 3));
    CHECK(disk.keys.empty());
}

TEST_CASE("while the backend is away receipts settle when the disk has the message, and not before") {
    Disk disk;
    Life life(disk);
    disk.hold();
    life.push_all(1, 3);
    CHECK(life.source->accepted.empty());
    disk.let_go();
    life.home.settle();
    CHECK(life.source->accepted == range(1, 3));
    CHECK(life.spool->count() == 3);
    life.open();
    CHECK(life.sink.numbers == range(1, 3));
}

TEST_CASE("an entry is erased when the backend has confirmed it") {
    Disk disk;
    {
        Life life(disk);
        life.push_all(1, 3);
        life.open();
        life.confirm(1);
        CHECK(life.spool->count() == 2);
    }
    Life life(disk);
    CHECK(life.spool->count() == 2);
    life.open();
    CHECK(life.sink.numbers == range(2, 3));
    life.confirm(2);
    CHECK(life.spool->count() == 0);
    CHECK(life.spool->bytes() == 0);
}

TEST_CASE("what was on its way when the backend was lost goes to disk first, and sources hear") {
    Disk disk;
    Life life(disk);
    life.open();
    life.push_all(1, 3);
    life.lose();
    CHECK(life.source->accepted == range(1, 3));
    life.push_all(4, 5);
    life.sink.numbers.clear();
    life.open();
    CHECK(life.sink.numbers == range(1, 5));
}

TEST_CASE("a backend that does not keep up gets what is too much from disk, in order") {
    Disk disk;
    Life life(disk);
    life.sink.window_size = 10;
    life.open();
    const int many = static_cast<int>(Spool::most_in_memory) + 100;
    life.push_all(1, many);
    life.home.settle();
    CHECK(life.spool->count() == 100);
    CHECK(life.source->accepted.size() == 100);
    life.confirm_all();
    CHECK(life.sink.numbers == range(1, many));
}

TEST_CASE("what came through memory stays before what was on disk already when the backend is lost") {
    Disk disk;
    Life life(disk);
    life.sink.window_size = 10;
    life.open();
    const int many = static_cast<int>(Spool::most_in_memory) + 100;
    life.push_all(1, many);
    life.lose();
    CHECK(life.source->accepted.size() == static_cast<std::size_t>(many));
    life.push(many + 1);
    life.open();
    life.confirm_all();
    CHECK(ends_in_order(life.sink.numbers, many + 1));
}

TEST_CASE("new messages go behind what is on disk, after a restart too") {
    Disk disk;
    {
        Life life(disk);
        life.push_all(1, 600);
    }
    Life life(disk);
    CHECK(life.spool->count() == 600);
    life.open();
    life.push(601);
    life.confirm_all();
    CHECK(life.sink.numbers == range(1, 601));
    CHECK(life.count("messages") == 0);
}

TEST_CASE("what is left for a backend is known without its spool") {
    Disk disk;
    {
        Life life(disk);
        life.push_all(1, 3);
    }
    Home home(disk);
    CHECK(Spool::left_for(home.journal, "b") == 3);
    CHECK(Spool::left_for(home.journal, "c") == 0);
}

TEST_CASE("what is refused after a restart still finds the route that sent it") {
    Disk disk;
    {
        Life life(disk);
        life.push(1, true, life.complaints);
    }
    Life life(disk);
    life.open();
    life.on_shard([&] { life.sink.answer(1, Outcome::rejected); });
    CHECK(life.complaints->heard == Numbers{1});
    CHECK(life.spool->count() == 0);
}

TEST_CASE("what its route gives back goes again, and back to it") {
    Disk disk;
    Life life(disk);
    life.complaints->deaf_to = 1;
    life.push(1, true, life.complaints);
    life.open();
    const auto answer = [&] { life.on_shard([&] { life.sink.answer(1, Outcome::rejected); }); };
    answer();
    CHECK(life.complaints->heard == Numbers{1});
    CHECK(life.spool->count() == 1);
    REQUIRE(life.home.run_until([&] { return !life.sink.receipts.empty(); }));
    answer();
    CHECK(life.complaints->heard == Numbers{1, 1});
    CHECK(life.spool->count() == 0);
}

TEST_CASE("a damaged entry is left out and counted, and the others come") {
    Disk disk;
    {
        Life life(disk);
        life.push_all(1, 3);
    }
    const auto second = std::next(std::find_if(disk.keys.begin(), disk.keys.end(), [](const auto& entry) {
        return entry.first[0] == static_cast<char>(store::Table::queue);
    }));
    second->second = "\x7F";
    Life life(disk);
    life.open();
    CHECK(life.sink.numbers == Numbers{1, 3});
    CHECK(life.has_dropped("spool_damaged", 1));
    life.confirm(2);
    CHECK(life.spool->count() == 0);
}

TEST_CASE("whatever happens, nothing that was accepted is missing, and the order holds in the end") {
    for (unsigned seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        Disk disk;
        Numbers arrived;
        int last = 0;
        for (int lives = 0; lives < 4; ++lives) {
            Life life(disk);
            life.sink.window_size = 1 + random() % 20;
            bool is_open = false;
            for (int step = 0; step < 60; ++step) {
                switch (random() % 6) {
                    case 0: is_open ? life.lose() : life.open(); is_open = !is_open; break;
                    case 1: life.confirm(random() % 20); break;
                    default: for (unsigned i = random() % 40; i > 0; --i) life.push(++last);
                }
            }
            if (is_open) life.lose();  // what goes down with a gateway is not acknowledged, and not of interest here
            arrived.insert(arrived.end(), life.sink.numbers.begin(), life.sink.numbers.end());
        }
        Life life(disk);
        life.open();
        life.confirm_all();
        arrived.insert(arrived.end(), life.sink.numbers.begin(), life.sink.numbers.end());
        CHECK(ends_in_order(arrived, last));
    }
}
