#include "bridge/spool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/store/keys.hpp"
#include "tests/unit/store/fixtures.hpp"

using namespace rialto;
using namespace std::chrono_literals;
using bridge::DropCounters;
using bridge::Order;
using bridge::Outlet;
using bridge::Returns;
using bridge::Spool;
using bridge::SpoolConfig;
using bridge::SpoolQueue;
using bridge::Undeliverable;
using test::Disk;
using test::Home;

namespace {

MessagePtr numbered(int number) { return Message::create("t", as_bytes(std::to_string(number)), {}); }
int number_of(const Message& message) { return std::stoi(std::string(as_text(message.payload()))); }

class FakeSink final : public Sink {
public:
    boost::asio::awaitable<Result<void>> open(SinkWatcher&) override { co_return Result<void>{}; }
    boost::asio::awaitable<void> close() override { co_return; }
    void send(MessagePtr sent, Receipt receipt) override {
        numbers.push_back(number_of(*sent));
        receipts.push_back(std::move(receipt));
    }
    std::size_t window() const override { return window_size; }
    /// Answers the oldest.
    void answer(std::size_t count, Outcome outcome = Outcome::accepted) {
        for (; count > 0 && !receipts.empty(); --count) {
            Receipt first = std::move(receipts.front());
            receipts.pop_front();
            first.settle(outcome);
        }
    }
    void lose() { answer(receipts.size(), Outcome::released); }

    std::vector<int> numbers;
    std::deque<Receipt> receipts;
    std::size_t window_size = 1024;
};

struct Complaints final : Returns {
    Complaints() : Returns(0) {}
    const std::string& route() const noexcept override { return name; }
    void take_back(const Message& message, Undeliverable, std::uint32_t, Receipt receipt) noexcept override {
        heard.push_back(number_of(message));
        if (heard.size() > deaf_to) receipt.settle(Outcome::accepted);
    }
    std::size_t deaf_to = 0;  ///< so many of the first are given back
    std::string name = "r";
    std::vector<int> heard;
};

/// Hears of messages by their numbers.
struct Source final : Settler {
    using Settler::Settler;
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        (outcome == Outcome::accepted ? accepted : others).push_back(static_cast<int>(token));
    }
    std::vector<int> accepted;
    std::vector<int> others;
};

/// One life of a gateway; the disk outlives it.
struct Life {
    explicit Life(Disk& disk, SpoolConfig config = {1U << 30U, 0ms, SpoolConfig::WhenFull::block}) : home(disk) {
        spool = std::make_unique<Spool>(
            home.journal, "b", config, Spool::Counters{counter("spooled"), drops,
                                                       home.metrics.gauge("messages", ""), home.metrics.gauge("bytes", ""), home.metrics.gauge("limiting", "")},
            outlet, Spool::Ways{[](const MessagePtr& message) { return message; },
                                [this](const std::string& route, const MessagePtr&) { return route == "r" ? Ref<Returns>(complaints) : nullptr; }});
        on_shard([&] { REQUIRE(spool->open()); });
    }
    ~Life() {
        home.settle();
        spool.reset();
    }

    Counter& counter(const char* name) { return home.metrics.counter(name, ""); }
    std::uint64_t count(const char* name) const { return home.metrics.total(name); }
    bool has_dropped(const std::string& reason, int number, const std::string& route = "") const {
        const std::string labels = R"({backend="b",route=")" + route + R"(",reason=")" + reason + R"("} )";
        return home.metrics.text().find("rialto_backend_dropped_total" + labels + std::to_string(number) + "\n") != std::string::npos;
    }
    void on_shard(std::function<void()> task) {
        home.shard.post(std::move(task));
        home.shard.run_ready();
    }
    void push(int number, bool has_receipt = true, Ref<Returns> returns = nullptr) {
        on_shard([&] {
            Receipt receipt = has_receipt ? Receipt(source, static_cast<std::uint64_t>(number)) : Receipt();
            spool->push({numbered(number), std::move(receipt), Order::by_topic, returns});
        });
    }
    void push_all(int from, int to) {
        for (int i = from; i <= to; ++i) push(i);
    }
    void open() {
        on_shard([&] {
            outlet.opened(sink);
            spool->opened();
        });
        home.settle();
    }
    void lose() {
        on_shard([&] {
            sink.lose();
            outlet.closed();
            spool->closed();
        });
        home.settle();
    }
    void confirm(std::size_t count) {
        on_shard([&] { sink.answer(count); });
        home.settle();
        home.settle();
    }
    void confirm_all() {
        home.run_until([&] {
            on_shard([&] { sink.answer(sink.receipts.size()); });
            return spool->count() == 0 && outlet.is_idle();
        });
    }

    Home home;
    Ref<Source> source{new Source(home.shard)};
    Ref<Complaints> complaints{new Complaints};
    FakeSink sink;
    DropCounters drops{home.metrics, "b", "here"};
    Outlet outlet{home.shard,
                  {},
                  {counter("sent"), counter("repeated"), counter("rejected"), counter("given_up"), drops,
                   home.metrics.gauge("queued", ""), home.metrics.gauge("limiting", "")},
                  {},
                  Backoff(1ms, 1ms)};
    std::unique_ptr<Spool> spool;
};

using Numbers = std::vector<int>;

Numbers range(int from, int to) {
    Numbers numbers;
    for (int i = from; i <= to; ++i) numbers.push_back(i);
    return numbers;
}

/// Where each arrived for the last time; those are in order where repeats are taken out.
bool ends_in_order(const Numbers& arrived, int count) {
    std::vector<std::size_t> last(static_cast<std::size_t>(count) + 1, 0);
    for (std::size_t i = 0; i < arrived.size(); ++i) last[static_cast<std::size_t>(arrived[i])] = i + 1;
    for (int i = 1; i <= count; ++i) {
        if (last[static_cast<std::size_t>(i)] <= last[static_cast<std::size_t>(i) - 1]) return false;
    }
    return true;
}

std::uint64_t size_of_one() { return SpoolQueue::size_of(*numbered(1), ""); }

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
    const SpoolConfig config{2 * SpoolQueue::size_of(*sent_by("here/one"), ""), 0ms, SpoolConfig::WhenFull::drop_oldest};
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
