#include "core/store/stored_queue.hpp"

#include <doctest/doctest.h>

#include "tests/unit/store/fixtures.hpp"

using namespace rialto;
using namespace rialto::store;
using test::Disk;
using test::Home;

namespace {

MessagePtr numbered(int number) { return Message::create("t/" + std::to_string(number), as_bytes("x"), {}); }

std::string topics(const Result<std::vector<StoredQueue::Entry>>& entries) {
    std::string out;
    for (const auto& entry : *entries) {
        out += std::to_string(entry.number) + "=" + (entry.message ? std::string(entry.message->topic()) : "-") + entry.note + " ";
    }
    return out;
}

}  // namespace

TEST_CASE("messages come back in their order with their notes") {
    Disk disk;
    Home home(disk);
    StoredQueue queue(home.journal, "q");
    REQUIRE(queue.open());
    CHECK(queue.empty());
    CHECK(queue.append(*numbered(1), "a", {}) == 1);
    CHECK(queue.append(*numbered(2), "", {}) == 2);
    REQUIRE(home.settle());
    CHECK(topics(queue.read(0, 10, 1000)) == "1=t/1a 2=t/2 ");
    CHECK(topics(queue.read(2, 10, 1000)) == "2=t/2 ");
    CHECK(topics(queue.read(0, 1, 1000)) == "1=t/1a ");
    CHECK(topics(queue.read(0, 10, 1)) == "1=t/1a ");
}

TEST_CASE("what is not written yet can't be read") {
    Disk disk;
    Home home(disk);
    StoredQueue queue(home.journal, "q");
    queue.append(*numbered(1), "", {});
    REQUIRE(home.settle());
    disk.hold();
    queue.append(*numbered(2), "", {});
    home.shard.run_ready();
    queue.append(*numbered(3), "", {});
    CHECK(queue.readable_end() == 2);
    CHECK(queue.end() == 4);
    disk.let_go();
    REQUIRE(home.settle());
    CHECK(topics(queue.read(0, 10, 1000)) == "1=t/1 2=t/2 3=t/3 ");
}

TEST_CASE("a queue is found again where it was left, and its neighbours are none of its business") {
    Disk disk;
    {
        Home home(disk);
        StoredQueue queue(home.journal, "q");
        StoredQueue before(home.journal, "p");
        StoredQueue behind(home.journal, "q2");
        for (int i = 1; i <= 100; ++i) queue.append(*numbered(i), "", {});
        before.append(*numbered(1000), "", {});
        behind.append(*numbered(2000), "", {});
        queue.erase(1);
        queue.erase_before(60);
        queue.erase(80);
        queue.change(70, "!");
        REQUIRE(home.settle());
    }
    Home home(disk);
    StoredQueue queue(home.journal, "q");
    REQUIRE(queue.open());
    CHECK(queue.begin() == 60);
    CHECK(queue.end() == 101);
    CHECK(topics(queue.read(69, 2, 1000)) == "69=t/69 70=-! ");
    CHECK(topics(queue.read(79, 2, 1000)) == "79=t/79 81=t/81 ");
    CHECK(queue.append(*numbered(101), "", {}) == 101);
    queue.clear();
    REQUIRE(home.settle());
    CHECK(queue.empty());
    CHECK(topics(queue.read(0, 10, 1000)).empty());
    CHECK(disk.keys.size() == 2);
}

TEST_CASE("a damaged entry is an error, and no message") {
    Disk disk;
    Home home(disk);
    StoredQueue queue(home.journal, "q");
    queue.append(*numbered(1), "", {});
    REQUIRE(home.settle());
    disk.keys.begin()->second = "\x7F";
    CHECK(queue.read(0, 10, 1000).has_error());
    disk.keys.begin()->second = std::string("\0\7", 2);
    CHECK(queue.read(0, 10, 1000).has_error());
}
