#include "adapters/kafka/offset_window.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using rialto::kafka::OffsetWindow;

namespace {
MessagePtr a_message() { return Message::create("a", as_bytes("x"), {}); }
}  // namespace

TEST_CASE("nothing can be committed before the partition's place is known") {
    OffsetWindow window;
    CHECK_FALSE(window.committable().has_value());
    window.reached(7);
    CHECK(window.committable() == 7);
}

TEST_CASE("what may be committed is the first open message, whatever is settled behind it") {
    OffsetWindow window;
    for (const std::int64_t offset : {5, 6, 9}) window.handed_on(offset, a_message());
    CHECK(window.committable() == 5);
    window.settled(9);
    window.settled(6);
    CHECK(window.committable() == 5);
    CHECK(window.open_count() == 1);
    window.settled(5);
    CHECK(window.committable() == 10);
    CHECK(window.open_count() == 0);
}

TEST_CASE("settling twice, or what was never there, changes nothing") {
    OffsetWindow window;
    window.handed_on(5, a_message());
    window.handed_on(6, a_message());
    window.settled(4);
    window.settled(6);
    window.settled(6);
    CHECK(window.open_count() == 1);
    CHECK(window.committable() == 5);
}

TEST_CASE("what was passed over counts as settled once nothing before it is open") {
    OffsetWindow window;
    window.handed_on(5, a_message());
    window.reached(20);
    CHECK(window.committable() == 5);
    window.settled(5);
    CHECK(window.committable() == 20);
    window.reached(3);  // Kafka does not go back
    CHECK(window.committable() == 20);
}

TEST_CASE("an open message can be found, for coming again") {
    OffsetWindow window;
    const MessagePtr message = a_message();
    window.handed_on(5, message);
    CHECK(window.find(5) == message);
    CHECK(window.find(6) == nullptr);
    window.settled(5);
    CHECK(window.find(5) == nullptr);
}

TEST_CASE("a message that nobody will settle keeps its place, but is not waited for") {
    OffsetWindow window;
    window.handed_on(5, a_message());
    window.withdrawn();
    CHECK(window.open_count() == 0);
    CHECK(window.committable() == 5);
}
