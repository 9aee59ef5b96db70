#include "core/store/retained_keeper.hpp"

#include <doctest/doctest.h>

#include "tests/unit/store/fixtures.hpp"

using namespace rialto;
using namespace rialto::store;
using test::Disk;
using test::Home;

namespace {

struct Keeping : Home {
    explicit Keeping(Disk& disk) : Home(disk), keeper(store, shard, retained, order) {}

    void publish(std::string_view topic, std::string_view payload, std::optional<WallTime> expires_at = {}) {
        auto properties = std::make_unique<Properties>();
        properties->expires_at = expires_at;
        retained.store(Message::create(topic, as_bytes(payload), {Qos::at_least_once, true, 0}, std::move(properties)));
        const Ref<test::Publisher> publisher(new test::Publisher(shard));
        keeper.keep(topic, Receipt(publisher, 1));
        REQUIRE(run_until([&] { return publisher->accepted == 1; }));
    }

    RetainedMessages retained;
    std::mutex order;
    RetainedKeeper keeper;
};

std::string back(Disk& disk, std::string_view topic) {
    test::MemoryEngine engine(disk);
    RetainedMessages retained;
    REQUIRE(restore_retained(engine, retained));
    const auto message = retained.find(topic);
    return message ? std::string(as_text(message->payload())) : "none";
}

}  // namespace

TEST_CASE("the last value of a topic is what comes back") {
    Disk disk;
    Keeping keeping(disk);
    keeping.publish("a", "1");
    keeping.publish("a", "2");
    keeping.publish("b", "3");
    CHECK(back(disk, "a") == "2");
    CHECK(back(disk, "b") == "3");
    keeping.publish("a", "");
    CHECK(back(disk, "a") == "none");
    CHECK(disk.keys.size() == 1);
}

TEST_CASE("what is over by the time it comes back is forgotten") {
    Disk disk;
    Keeping keeping(disk);
    keeping.publish("a", "1", wall_now() + std::chrono::milliseconds(20));
    CHECK(disk.keys.size() == 1);
    const auto deadline = Clock::now() + std::chrono::seconds(10);
    while (back(disk, "a") != "none" && Clock::now() < deadline) {
    }
    CHECK(back(disk, "a") == "none");
    CHECK(disk.keys.empty());
}

TEST_CASE("what the gateway says of itself is not kept") {
    Disk disk;
    Keeping keeping(disk);
    keeping.publish("$SYS/broker/uptime", "1");
    CHECK(disk.keys.empty());
}

TEST_CASE("while the disk is stuck a topic that changes again and again waits as one value") {
    Disk disk;
    Keeping keeping(disk);
    disk.hold();
    const std::string large(1024 * 1024, 'x');
    for (int i = 0; i < 200; ++i) {
        keeping.retained.store(Message::create("a", as_bytes(large + std::to_string(i)), {Qos::at_least_once, true, 0}));
        keeping.keeper.keep("a", {});
        keeping.shard.run_ready();
    }
    CHECK(keeping.store.is_behind());
    disk.let_go();
    REQUIRE(keeping.run_until([&] { return back(disk, "a") == large + "199"; }));
}
