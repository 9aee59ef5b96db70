#include "core/store/history_keeper.hpp"

#include <doctest/doctest.h>

#include "tests/unit/store/fixtures.hpp"

using namespace rialto;
using namespace rialto::store;
using test::Disk;
using test::Home;

namespace {

TopicFilter filter(std::string_view text) { return TopicFilter::parse(text).value(); }

/// One run of a gateway that keeps its history on `disk`.
struct Run : Home {
    explicit Run(Disk& disk, std::vector<HistoryRule> rules = {{filter("live/#"), 3}}) : Home(disk) {
        history.configure(std::move(rules));
        restored = restore_history(store.engine(), history);
    }
    void publish(std::string_view topic, std::string_view payload) {
        std::vector<std::uint64_t> dropped;
        const MessagePtr kept = history.append(Message::create(topic, as_bytes(payload), {Qos::at_least_once}), dropped);
        keeper.keep(*kept, dropped, {});
        REQUIRE(settle());
    }
    void close() {
        keeper.close(history);
        store.stop();
    }
    std::string texts() {
        const TopicFilter all = filter("#");
        std::string texts;
        for (const auto& message : history.newest({&all, 1}, 100).messages) texts += std::string(as_text(message->payload())) + " ";
        return texts;
    }

    History history;
    HistoryKeeper keeper{journal};
    Result<void> restored;
};

}  // namespace

TEST_CASE("after a run that was closed, readers go on where they were") {
    Disk disk;
    Cursor cursor;
    Stamp stamp{};
    {
        Run run(disk);
        run.publish("live/a", "1");
        cursor = {run.history.epoch(), run.history.position()};
        run.publish("live/a", "2");
        stamp = stamp_of(*run.history.since(filter("live/a"), cursor).messages.front());
        run.close();
    }
    Run again(disk);
    REQUIRE(again.restored);
    CHECK(again.history.epoch() == cursor.epoch);
    again.publish("live/b", "3");
    const Past past = again.history.since(filter("live/#"), cursor);
    CHECK(past.is_whole);
    REQUIRE(past.messages.size() == 2);
    CHECK(as_text(past.messages[0]->payload()) == "2");
    CHECK(stamp_of(*past.messages[0]).number == stamp.number);
    CHECK(stamp_of(*past.messages[0]).seen == stamp.seen);
    CHECK(stamp_of(*past.messages[1]).number > stamp.number);
}

TEST_CASE("after a run that was killed the messages are there, and nobody is told that they are all") {
    Disk disk;
    Cursor cursor;
    {
        Run run(disk);
        run.publish("live/a", "1");
        cursor = {run.history.epoch(), run.history.position()};
        run.close();
    }
    {
        Run killed(disk);
        CHECK(killed.history.epoch() == cursor.epoch);
        killed.publish("live/a", "2");
    }
    Run again(disk);
    CHECK(again.texts() == "1 2 ");
    CHECK(again.history.epoch() != cursor.epoch);
    CHECK_FALSE(again.history.since(filter("live/a"), cursor).is_whole);
}

TEST_CASE("what the history drops leaves the disk, and so does what no rule wants after a restart") {
    Disk disk;
    {
        Run run(disk);
        for (const char* const text : {"1", "2", "3", "4", "5"}) run.publish("live/a", text);
        run.close();
    }
    {
        Run again(disk);
        CHECK(again.texts() == "3 4 5 ");
        again.close();
    }
    const auto before = disk.keys.size();
    {
        Run other(disk, {{filter("other/#")}});
        CHECK(other.texts().empty());
    }
    CHECK(disk.keys.size() == before - 3);
}

TEST_CASE("a smaller rule takes the newest of what is there") {
    Disk disk;
    {
        Run run(disk);
        for (const char* const text : {"1", "2", "3"}) run.publish("live/a", text);
        run.close();
    }
    Run again(disk, {{filter("live/#"), 1}});
    CHECK(again.texts() == "3 ");
}

TEST_CASE("a record that is damaged is refused") {
    Disk disk;
    {
        Run run(disk);
        run.publish("live/a", "1");
        run.close();
    }
    for (auto& [key, value] : disk.keys) {
        if (!value.empty()) value[0] = '\x7f';
    }
    const Run again(disk);
    CHECK_FALSE(again.restored);
}

TEST_CASE("where no history is wanted nothing is written") {
    Disk disk;
    const auto before = disk.keys.size();
    Run run(disk, {});
    run.close();
    CHECK(disk.keys.size() == before);
}
