#include "adapters/amqp/backend/lost_reader.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::amqp;
using namespace std::chrono_literals;

namespace {
const Instant lost_at = Instant{} + 1h;
}

TEST_CASE("a reader that went silent is there until its place at the queue is free") {
    LostReader reader;
    reader.reading_beside(1);
    reader.silent(lost_at, 60s);
    CHECK(reader.is_there(2, lost_at + 1s));
    CHECK_FALSE(reader.is_there(1, lost_at + 1s));
}

TEST_CASE("who shares a queue does not wait for the others for ever") {
    LostReader reader;
    reader.reading_beside(0);
    reader.silent(lost_at, 60s);
    CHECK(reader.is_there(3, lost_at + 359s));
    CHECK_FALSE(reader.is_there(3, lost_at + 360s));
}

TEST_CASE("tries that fail meanwhile do not make it longer") {
    LostReader reader;
    reader.silent(lost_at, 60s);
    reader.silent(lost_at + 5min, 60s);
    CHECK_FALSE(reader.is_there(1, lost_at + 6min));
}

TEST_CASE("a loss that the broker knows of is no reason to wait, nor a broker that never looks") {
    LostReader reader;
    reader.reading_beside(0);
    CHECK_FALSE(reader.is_there(1, lost_at));
    reader.silent(lost_at, 0ms);
    CHECK_FALSE(reader.is_there(1, lost_at));
    reader.silent(lost_at, 60s);
    reader.reading_beside(0);
    CHECK_FALSE(reader.is_there(1, lost_at));
}
