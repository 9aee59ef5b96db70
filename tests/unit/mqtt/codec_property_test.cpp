#include "tests/unit/mqtt/packets_under_test.hpp"

#include <array>
#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

using enum PropertyOwner;
using Owners = std::set<PropertyOwner>;

constexpr std::array owners{will,    connect,   connack, publish,     puback,   pubrec,     pubrel,
                            pubcomp, subscribe, suback,  unsubscribe, unsuback, disconnect, auth};

/// Table 2-4 of the standard once more, by hand.
const std::map<int, std::pair<PropertyType, Owners>> standard{
    {0x01, {PropertyType::u8, {publish, will}}},
    {0x02, {PropertyType::u32, {publish, will}}},
    {0x03, {PropertyType::string, {publish, will}}},
    {0x08, {PropertyType::string, {publish, will}}},
    {0x09, {PropertyType::binary, {publish, will}}},
    {0x0B, {PropertyType::varint, {publish, subscribe}}},
    {0x11, {PropertyType::u32, {connect, connack, disconnect}}},
    {0x12, {PropertyType::string, {connack}}},
    {0x13, {PropertyType::u16, {connack}}},
    {0x15, {PropertyType::string, {connect, connack, auth}}},
    {0x16, {PropertyType::binary, {connect, connack, auth}}},
    {0x17, {PropertyType::u8, {connect}}},
    {0x18, {PropertyType::u32, {will}}},
    {0x19, {PropertyType::u8, {connect}}},
    {0x1A, {PropertyType::string, {connack}}},
    {0x1C, {PropertyType::string, {connack, disconnect}}},
    {0x1F,
     {PropertyType::string, {connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth}}},
    {0x21, {PropertyType::u16, {connect, connack}}},
    {0x22, {PropertyType::u16, {connect, connack}}},
    {0x23, {PropertyType::u16, {publish}}},
    {0x24, {PropertyType::u8, {connack}}},
    {0x25, {PropertyType::u8, {connack}}},
    {0x26,
     {PropertyType::string_pair,
      {connect, connack, publish, will, puback, pubrec, pubrel, pubcomp, subscribe, suback, unsubscribe,
       unsuback, disconnect, auth}}},
    {0x27, {PropertyType::u32, {connect, connack}}},
    {0x28, {PropertyType::u8, {connack}}},
    {0x29, {PropertyType::u8, {connack}}},
    {0x2A, {PropertyType::u8, {connack}}},
};

/// A property of that identifier with a value in range.
Bytes sample(PropertyId id) {
    PropertyWriter writer;
    switch (type_of(id)) {
        case PropertyType::string:
        case PropertyType::binary:
            writer.text(id, "x");
            break;
        case PropertyType::string_pair:
            writer.pair("k", "v");
            break;
        default:
            writer.number(id, 1);
            break;
    }
    return Bytes(as_text(writer.view().encoded()));
}

Fault check(const Bytes& encoded, PropertyOwner owner) {
    return PropertiesView(as_bytes(encoded)).check(owner);
}

}  // namespace

TEST_CASE("the table of properties is the standard's, all 256 identifiers of it") {
    for (int id = 0; id < 256; ++id) {
        CAPTURE(id);
        const auto row = standard.find(id);
        const auto property = static_cast<PropertyId>(id);
        CHECK(type_of(property) == (row == standard.end() ? PropertyType::none : row->second.first));
        for (const PropertyOwner owner : owners) {
            CHECK(may_carry(owner, property) ==
                  (row != standard.end() && row->second.second.contains(owner)));
        }
    }
}

TEST_CASE("every property passes where it may stand, and is a protocol error elsewhere") {
    for (const auto& [id, rule] : standard) {
        const auto property = static_cast<PropertyId>(id);
        CAPTURE(name(property));
        for (const PropertyOwner owner : owners) {
            const Fault fault = check(sample(property), owner);
            CHECK(fault.reason ==
                  (rule.second.contains(owner) ? ReasonCode::success : ReasonCode::protocol_error));
        }
    }
}

TEST_CASE(
    "a property twice is a protocol error; User Property may repeat, and in PUBLISH Subscription "
    "Identifier") {
    for (const auto& [id, rule] : standard) {
        const auto property = static_cast<PropertyId>(id);
        CAPTURE(name(property));
        for (const PropertyOwner owner : rule.second) {
            const bool may_repeat = id == 0x26 || (id == 0x0B && owner == publish);
            const Fault fault = check(sample(property) + sample(property), owner);
            CHECK(fault.reason == (may_repeat ? ReasonCode::success : ReasonCode::protocol_error));
        }
    }
}

TEST_CASE("a property cut short is malformed") {
    for (const auto& [id, rule] : standard) {
        const auto property = static_cast<PropertyId>(id);
        CAPTURE(name(property));
        const Bytes whole = sample(property);
        for (std::size_t length = 1; length < whole.size(); ++length) {
            CHECK(check(whole.substr(0, length), *rule.second.begin()).reason ==
                  ReasonCode::malformed_packet);
        }
    }
}

TEST_CASE("an identifier that the standard doesn't list is malformed") {
    CHECK(check(hex("00 00"), PropertyOwner::connect).reason == ReasonCode::malformed_packet);
    CHECK(check(hex("04 00"), publish).reason == ReasonCode::malformed_packet);
    CHECK(check(hex("2b 00"), connack).reason == ReasonCode::malformed_packet);
    CHECK(check(hex("ff 7f 00"), connack).reason == ReasonCode::malformed_packet);
}

TEST_CASE("a value out of range is a protocol error") {
    CHECK(check(hex("21 0000"), PropertyOwner::connect).reason ==
          ReasonCode::protocol_error);  // Receive Maximum 0
    CHECK(check(hex("27 00000000"), PropertyOwner::connect).reason ==
          ReasonCode::protocol_error);                                           // Maximum Packet Size 0
    CHECK(check(hex("0b 00"), subscribe).reason == ReasonCode::protocol_error);  // Subscription Identifier 0
    CHECK(check(hex("17 02"), PropertyOwner::connect).reason ==
          ReasonCode::protocol_error);  // Request Problem Information
    CHECK(check(hex("19 02"), PropertyOwner::connect).reason ==
          ReasonCode::protocol_error);                                         // Request Response Information
    CHECK(check(hex("24 02"), connack).reason == ReasonCode::protocol_error);  // Maximum QoS
    CHECK(check(hex("01 02"), publish).reason == ReasonCode::protocol_error);  // Payload Format Indicator
}

TEST_CASE("text in a property is checked like all text") {
    CHECK(check(hex("1f 0001 ff"), puback).reason == ReasonCode::malformed_packet);
    CHECK(check(hex("26 0001 6b 0001 00"), puback).reason == ReasonCode::malformed_packet);
    CHECK_FALSE(check(hex("09 0002 ff00"), publish));  // Correlation Data is binary
}

TEST_CASE("user properties keep their order and repeats [MQTT-3.3.2-18]") {
    PropertyWriter writer;
    writer.pair("b", "1").number(PropertyId::topic_alias, 7).pair("a", "2").pair("b", "3");
    std::string seen;
    for (const Property& property : writer.view()) {
        if (property.id == PropertyId::user_property) seen.append(property.text).append(property.value);
    }
    CHECK(seen == "b1a2b3");
    CHECK(writer.view().number(PropertyId::topic_alias) == 7U);
    CHECK_FALSE(writer.view().find(PropertyId::content_type));
}

TEST_CASE("every property comes back as it was written") {
    for (const auto& [id, rule] : standard) {
        const auto property = static_cast<PropertyId>(id);
        CAPTURE(name(property));
        const Bytes encoded = sample(property);
        const auto found = PropertiesView(as_bytes(encoded)).find(property);
        REQUIRE(found);
        CHECK((found->number == 1 || found->text == "x" || (found->text == "k" && found->value == "v")));
    }
}
