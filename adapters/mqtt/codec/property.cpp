#include "adapters/mqtt/codec/property.hpp"

#include <array>

namespace rialto::mqtt {
namespace {

constexpr std::uint16_t bit(PropertyOwner owner) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(owner));
}

using enum PropertyOwner;
constexpr std::uint16_t message = bit(publish) | bit(will);
constexpr std::uint16_t handshake = bit(connect) | bit(connack);
constexpr std::uint16_t everywhere = 0xCFFF;  // all but PINGREQ and PINGRESP
constexpr std::uint16_t answers = bit(connack) | bit(puback) | bit(pubrec) | bit(pubrel) | bit(pubcomp) |
                                  bit(suback) | bit(unsuback) | bit(disconnect) | bit(auth);

struct Rule {
    std::string_view name = "unknown property";
    PropertyType type = PropertyType::none;
    std::uint16_t owners = 0;
};

constexpr std::size_t table_size = 0x2B;

/// Table 2-4, by identifier.
constexpr std::array<Rule, table_size> make_table() {
    using enum PropertyType;
    std::array<Rule, table_size> rules{};
    rules[0x01] = {"Payload Format Indicator", u8, message};
    rules[0x02] = {"Message Expiry Interval", u32, message};
    rules[0x03] = {"Content Type", string, message};
    rules[0x08] = {"Response Topic", string, message};
    rules[0x09] = {"Correlation Data", binary, message};
    rules[0x0B] = {"Subscription Identifier", varint, bit(publish) | bit(subscribe)};
    rules[0x11] = {"Session Expiry Interval", u32, handshake | bit(disconnect)};
    rules[0x12] = {"Assigned Client Identifier", string, bit(connack)};
    rules[0x13] = {"Server Keep Alive", u16, bit(connack)};
    rules[0x15] = {"Authentication Method", string, handshake | bit(auth)};
    rules[0x16] = {"Authentication Data", binary, handshake | bit(auth)};
    rules[0x17] = {"Request Problem Information", u8, bit(connect)};
    rules[0x18] = {"Will Delay Interval", u32, bit(will)};
    rules[0x19] = {"Request Response Information", u8, bit(connect)};
    rules[0x1A] = {"Response Information", string, bit(connack)};
    rules[0x1C] = {"Server Reference", string, bit(connack) | bit(disconnect)};
    rules[0x1F] = {"Reason String", string, answers};
    rules[0x21] = {"Receive Maximum", u16, handshake};
    rules[0x22] = {"Topic Alias Maximum", u16, handshake};
    rules[0x23] = {"Topic Alias", u16, bit(publish)};
    rules[0x24] = {"Maximum QoS", u8, bit(connack)};
    rules[0x25] = {"Retain Available", u8, bit(connack)};
    rules[0x26] = {"User Property", string_pair, everywhere};
    rules[0x27] = {"Maximum Packet Size", u32, handshake};
    rules[0x28] = {"Wildcard Subscription Available", u8, bit(connack)};
    rules[0x29] = {"Subscription Identifier Available", u8, bit(connack)};
    rules[0x2A] = {"Shared Subscription Available", u8, bit(connack)};
    return rules;
}

constexpr auto table = make_table();

const Rule& rule_of(PropertyId id) noexcept {
    const auto index = static_cast<std::size_t>(id);
    return index < table.size() ? table[index] : table[0];
}

bool may_repeat(PropertyOwner owner, PropertyId id) noexcept {
    return id == PropertyId::user_property || (id == PropertyId::subscription_identifier && owner == publish);
}

Fault check_range(const Property& property) noexcept {
    switch (property.id) {
        case PropertyId::receive_maximum:
        case PropertyId::maximum_packet_size:
        case PropertyId::subscription_identifier:
            return property.number == 0 ? protocol_error("property must not be zero") : Fault{};
        default:
            break;
    }
    if (type_of(property.id) == PropertyType::u8 && property.number > 1) {
        return protocol_error("property must be 0 or 1");
    }
    return {};
}

}  // namespace

PropertyType type_of(PropertyId id) noexcept {
    return rule_of(id).type;
}

std::string_view name(PropertyId id) noexcept {
    return rule_of(id).name;
}

bool may_carry(PropertyOwner owner, PropertyId id) noexcept {
    return (rule_of(id).owners & bit(owner)) != 0;
}

Property read_property(Reader& reader) noexcept {
    Property property;
    const std::uint32_t id = reader.varint();
    if (id >= table_size) {
        reader.fail(malformed("unknown property"));
        return property;
    }
    property.id = static_cast<PropertyId>(id);
    switch (type_of(property.id)) {
        case PropertyType::u8:
            property.number = reader.u8();
            break;
        case PropertyType::u16:
            property.number = reader.u16();
            break;
        case PropertyType::u32:
            property.number = reader.u32();
            break;
        case PropertyType::varint:
            property.number = reader.varint();
            break;
        case PropertyType::binary:
            property.text = as_text(reader.binary());
            break;
        case PropertyType::string:
            property.text = reader.string();
            break;
        case PropertyType::string_pair:
            property.text = reader.string();
            property.value = reader.string();
            break;
        case PropertyType::none:
            reader.fail(malformed("unknown property"));
            break;
    }
    return property;
}

std::optional<Property> PropertiesView::find(PropertyId id) const noexcept {
    for (const Property& property : *this) {
        if (property.id == id) return property;
    }
    return std::nullopt;
}

std::optional<std::uint32_t> PropertiesView::number(PropertyId id) const noexcept {
    const auto property = find(id);
    if (!property) return std::nullopt;
    return property->number;
}

Fault PropertiesView::check(PropertyOwner owner) const noexcept {
    Reader reader(encoded_);
    std::uint64_t seen = 0;
    while (!reader.at_end()) {
        const Property property = read_property(reader);
        if (reader.failed()) break;
        if (!may_carry(owner, property.id)) return protocol_error("property is not allowed in this packet");
        const std::uint64_t mark = std::uint64_t{1} << static_cast<unsigned>(property.id);
        if ((seen & mark) != 0 && !may_repeat(owner, property.id))
            return protocol_error("property stands there twice");
        seen |= mark;
        if (const Fault fault = check_range(property)) return fault;
    }
    return reader.fault();
}

PropertyWriter& PropertyWriter::number(PropertyId id, std::uint32_t value) {
    std::array<std::uint8_t, 6> room{};
    Writer writer(room.data());
    writer.u8(static_cast<unsigned>(id));
    switch (type_of(id)) {
        case PropertyType::u8:
            writer.u8(value);
            break;
        case PropertyType::u16:
            writer.u16(value);
            break;
        case PropertyType::u32:
            writer.u32(value);
            break;
        case PropertyType::varint:
            writer.varint(value);
            break;
        default:
            assert(false && "not a number");
            return *this;
    }
    encoded_.append(reinterpret_cast<const char*>(room.data()),
                    static_cast<std::size_t>(writer.at() - room.data()));
    return *this;
}

PropertyWriter& PropertyWriter::text(PropertyId id, std::string_view value) {
    assert(type_of(id) == PropertyType::string || type_of(id) == PropertyType::binary);
    Writer writer(extend(encoded_, 3 + value.size()));
    writer.u8(static_cast<unsigned>(id));
    writer.string(value);
    return *this;
}

PropertyWriter& PropertyWriter::pair(std::string_view name, std::string_view value) {
    Writer writer(extend(encoded_, 5 + name.size() + value.size()));
    writer.u8(static_cast<unsigned>(PropertyId::user_property));
    writer.string(name);
    writer.string(value);
    return *this;
}

}  // namespace rialto::mqtt
