#include "core/store/message_record.hpp"

#include <doctest/doctest.h>

#include "core/topic.hpp"
#include "tests/support/random_message.hpp"

using namespace rialto;

namespace {

Bytes record_of(const Message& message) {
    Bytes record;
    store::append_record(record, message);
    return record;
}

MessagePtr random_message(test::Dice& dice) {
    auto properties = dice.toss() ? std::make_unique<Properties>(dice.properties()) : nullptr;
    if (properties && dice.toss()) properties->places = {"bus:a/b", "far:" + dice.some_text()};
    const Message::Traits traits{static_cast<Qos>(dice.below(3)), dice.toss(), 7};
    return Message::create("a/" + std::to_string(dice.below(9)), as_bytes(dice.bytes()), traits, std::move(properties));
}

}  // namespace

TEST_CASE("a hundred thousand random messages come back from their records as they were") {
    test::Dice dice;
    for (int i = 0; i < 100'000; ++i) {
        const MessagePtr message = random_message(dice);
        const auto back = store::read_record(record_of(*message));
        REQUIRE(back);
        REQUIRE((*back)->topic() == message->topic());
        REQUIRE(as_text((*back)->payload()) == as_text(message->payload()));
        REQUIRE((*back)->qos() == message->qos());
        REQUIRE((*back)->is_retained() == message->is_retained());
        REQUIRE((*back)->has_properties() == message->has_properties());
        REQUIRE((*back)->properties() == message->properties());
    }
}

TEST_CASE("a record that was cut or changed is refused or is a sound message") {
    test::Dice dice;
    for (int i = 0; i < 20'000; ++i) {
        Bytes record = record_of(*random_message(dice));
        if (dice.toss()) record.resize(dice.below(record.size()));
        for (std::size_t left = dice.below(3); left != 0 && !record.empty(); --left) {
            record[dice.below(record.size())] = static_cast<char>(dice.below(256));
        }
        const auto read = store::read_record(record);
        if (read) CHECK(check_topic((*read)->topic()).has_value());
    }
}

TEST_CASE("a record of another version is refused") {
    Bytes record = record_of(*Message::create("a", as_bytes("x"), {}));
    record[0] = 2;
    CHECK(store::read_record(record).has_error());
}
