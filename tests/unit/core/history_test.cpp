#include "core/history/history.hpp"

#include <doctest/doctest.h>

#include "core/filter_sets.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;
using test::filter;

namespace {

using Texts = std::vector<std::string>;

Texts texts_of(const Past& past) {
    Texts texts;
    for (const auto& message : past.messages) texts.emplace_back(as_text(message->payload()));
    return texts;
}

struct Kept : History {
    explicit Kept(std::vector<HistoryRule> rules) { configure(std::move(rules)); }

    void publish(std::string_view topic, std::string_view payload) { append(test::message(topic, payload), dropped); }
    Cursor here() const { return {epoch(), position()}; }
    Past newest_of(std::string_view text, std::size_t count) const {
        const TopicFilter wanted = filter(text);
        return newest({&wanted, 1}, count);
    }

    std::vector<std::uint64_t> dropped;
};

}  // namespace

TEST_CASE("who comes back gets what came behind its cursor, and hears that nothing is missing") {
    Kept history({{filter("live/#")}});
    history.publish("live/a", "1");
    const Cursor cursor = history.here();
    history.publish("live/a", "2");
    history.publish("live/b", "3");
    history.publish("live/a", "4");
    const Past all = history.since(filter("live/#"), cursor);
    CHECK(texts_of(all) == Texts{"2", "3", "4"});
    CHECK(all.is_whole);
    CHECK(all.position == history.position());
    CHECK(texts_of(history.since(filter("live/+"), cursor)) == Texts{"2", "3", "4"});
    CHECK(texts_of(history.since(filter("live/a"), cursor)) == Texts{"2", "4"});
    CHECK(texts_of(history.since(filter("live/a"), history.here())) == Texts{});
}

TEST_CASE("it never claims to be whole where something may be missing") {
    Kept history({{filter("live/#"), 2}});
    history.publish("live/a", "1");
    const Cursor cursor = history.here();
    history.publish("live/a", "2");
    history.publish("live/a", "3");
    CHECK(history.since(filter("live/a"), cursor).is_whole);
    SUBCASE("the oldest had to go") {
        history.publish("live/a", "4");
        const Past past = history.since(filter("live/a"), cursor);
        CHECK_FALSE(past.is_whole);
        CHECK(texts_of(past) == Texts{"3", "4"});
        CHECK(history.dropped.size() == 2);
    }
    SUBCASE("the filter asks for more than is kept") {
        CHECK_FALSE(history.since(filter("#"), cursor).is_whole);
        CHECK_FALSE(history.since(filter("+/a"), cursor).is_whole);
        CHECK_FALSE(history.since(filter("other"), cursor).is_whole);
    }
    SUBCASE("the cursor is of another epoch, or of one that is yet to come") {
        CHECK_FALSE(history.since(filter("live/a"), {"Eother", cursor.number}).is_whole);
        CHECK(texts_of(history.since(filter("live/a"), {"Eother", cursor.number})) == Texts{});
        CHECK_FALSE(history.since(filter("live/a"), {cursor.epoch, history.position() + 1}).is_whole);
    }
    SUBCASE("the topic was not kept until now") {
        history.configure({{filter("live/#"), 2}, {filter("new/#")}});
        history.publish("new/a", "5");
        CHECK_FALSE(history.since(filter("new/a"), cursor).is_whole);
        CHECK(history.since(filter("new/a"), history.here()).is_whole);
    }
}

TEST_CASE("the newest come in their order, over all rules, and page by page") {
    Kept history({{filter("a/#")}, {filter("b/#")}});
    history.publish("a/1", "1");
    history.publish("b/1", "2");
    history.publish("a/1", "3");
    history.publish("c/1", "not kept");
    CHECK(texts_of(history.newest_of("#", 10)) == Texts{"1", "2", "3"});
    CHECK(texts_of(history.newest_of("#", 2)) == Texts{"2", "3"});
    CHECK(texts_of(history.newest_of("a/#", 1)) == Texts{"3"});
    CHECK(texts_of(history.newest_of("a/#", 0)) == Texts{});
    const Past last = history.newest_of("#", 1);
    const TopicFilter everything = filter("#");
    CHECK(texts_of(history.newest({&everything, 1}, 1, stamp_of(*last.messages.front()).number)) == Texts{"2"});
}

TEST_CASE("age, weight and count each end what is kept") {
    Kept history({{filter("a"), 1000, std::chrono::milliseconds(20)}, {filter("b"), 1000, {}, 3 * test::message("b")->size()}});
    history.publish("a", "1");
    for (int i = 0; i < 9; ++i) history.publish("b", "x");
    CHECK(history.newest_of("b", 10).messages.size() == 3);
    const Cursor cursor{history.epoch(), 0};
    const auto deadline = Clock::now() + std::chrono::seconds(10);
    while (!history.newest_of("a", 1).messages.empty() && Clock::now() < deadline) {}
    CHECK(history.newest_of("a", 1).messages.empty());
    CHECK_FALSE(history.since(filter("a"), cursor).is_whole);
    CHECK(history.size() == 4);
    history.publish("a", "2");
    CHECK(history.size() == 4);
}

TEST_CASE("a message that expired is not given any more") {
    Kept history({{filter("a")}});
    auto properties = std::make_unique<Properties>();
    properties->expires_at = wall_now() - std::chrono::milliseconds(1);
    history.append(Message::create("a", as_bytes("x"), {}, std::move(properties)), history.dropped);
    CHECK(history.newest_of("a", 1).messages.empty());
}

TEST_CASE("a message that somebody numbered before its turn gets its number when it comes") {
    Kept history({{filter("a")}});
    const MessagePtr early = test::message("a", "early", {Qos::at_least_once, true, 7});
    const auto first = stamp_of(*early).number;
    history.publish("a", "before");
    const MessagePtr kept = history.append(early, history.dropped);
    CHECK(stamp_of(*kept).number > first);
    CHECK(kept->is_retained());
    CHECK(kept->origin() == 7);
    CHECK(texts_of(history.newest_of("a", 2)) == Texts{"before", "early"});
}

TEST_CASE("rules may change: what stays wanted stays, what is not is told to be gone") {
    Kept history({{filter("a/#")}, {filter("b/#")}});
    history.publish("a/1", "1");
    history.publish("b/1", "2");
    history.publish("b/2", "3");
    history.configure({{filter("b/2")}, {filter("b/#"), 5}});
    CHECK_FALSE(history.covers("a/1"));
    CHECK(texts_of(history.newest_of("#", 9)) == Texts{"2"});  // b/2 has a rule of its own now, which begins empty
    history.publish("b/2", "4");
    CHECK(history.dropped.size() == 2);
    CHECK(texts_of(history.newest_of("#", 9)) == Texts{"2", "4"});
}

TEST_CASE("a topic that goes over to another rule is not called whole") {
    Kept history({{filter("a/+")}, {filter("+/b")}});
    history.publish("x/b", "0");
    const Cursor cursor = history.here();
    history.publish("a/b", "1");
    history.configure({{filter("+/b")}, {filter("a/+")}});
    history.publish("a/b", "2");
    CHECK_FALSE(history.since(filter("a/b"), cursor).is_whole);
    CHECK(history.since(filter("x/b"), cursor).is_whole);
}

TEST_CASE("one filter covers another where each of its topics is the other's too") {
    for (const auto& [outer, inner, is_covered, have_common] : std::initializer_list<std::tuple<const char*, const char*, bool, bool>>{
             {"a", "a", true, true},          {"a", "b", false, false},        {"#", "a/b", true, true},
             {"a/#", "a", true, true},        {"a/#", "a/+/#", true, true},    {"a/+", "a/#", false, true},
             {"a/+", "a/b", true, true},      {"a/b", "a/+", false, true},     {"+/b", "a/+", false, true},
             {"+/b", "a/c", false, false},    {"a/+", "a", false, false},      {"#", "$SYS/a", false, false},
             {"$SYS/#", "$SYS/a", true, true}, {"+/a", "$SYS/a", false, false}, {"a/+/c", "a/b/c", true, true},
             {"a/b/#", "a/+/c", false, true}, {"a/#", "#", false, true},       {"a//b", "a/+/b", false, true}}) {
        CAPTURE(outer);
        CAPTURE(inner);
        CHECK(covers(filter(outer), filter(inner)) == is_covered);
        CHECK(meet(filter(outer), filter(inner)) == have_common);
        CHECK(meet(filter(inner), filter(outer)) == have_common);
    }
}
