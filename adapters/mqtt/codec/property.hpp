#pragma once

#include "adapters/mqtt/codec/reader.hpp"
#include "adapters/mqtt/codec/writer.hpp"

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace rialto::mqtt {

/// MQTT 5.0 section 2.2.2.2, table 2-4.
enum class PropertyId : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0B,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1A,
    server_reference = 0x1C,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2A,
};

enum class PropertyType : std::uint8_t { none, u8, u16, u32, varint, binary, string, string_pair };

/// PropertyType::none for an identifier that the standard doesn't list.
PropertyType type_of(PropertyId id) noexcept;

/// The standard's name, such as "Receive Maximum".
std::string_view name(PropertyId id) noexcept;

/// Where properties stand: in a packet, or beside the will of a CONNECT.
enum class PropertyOwner : std::uint8_t {
    will = 0,
    connect = 1,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    disconnect = 14,
    auth = 15,
};

inline PropertyOwner owner_of(PacketType type) noexcept {
    return static_cast<PropertyOwner>(type);
}

bool may_carry(PropertyOwner owner, PropertyId id) noexcept;

/// One property. Numbers of every width are in `number`; text and binary data in `text`; a pair in `text` and
/// `value`.
struct Property {
    PropertyId id{};
    std::uint32_t number = 0;
    std::string_view text;
    std::string_view value;
};

/// Reads the next property; a fault of the reader tells that there is none.
Property read_property(Reader& reader) noexcept;

/// Encoded properties without their length in front. Packets carry them like this in both directions, so that
/// whoever doesn't ask pays nothing, and order and repeats of user properties stay as they were
/// [MQTT-3.3.2-18]. A view: what it looks at must outlive it.
class PropertiesView {
public:
    class Iterator {
    public:
        using value_type = Property;
        using difference_type = std::ptrdiff_t;

        explicit Iterator(ByteView encoded) noexcept : reader_(encoded) { ++*this; }
        const Property& operator*() const noexcept { return property_; }
        const Property* operator->() const noexcept { return &property_; }
        Iterator& operator++() noexcept {
            done_ = reader_.at_end();
            if (!done_) property_ = read_property(reader_);
            done_ = done_ || reader_.failed();
            return *this;
        }
        void operator++(int) noexcept { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return done_; }

    private:
        Reader reader_;
        Property property_;
        bool done_ = false;
    };

    PropertiesView() noexcept = default;
    explicit PropertiesView(ByteView encoded) noexcept : encoded_(encoded) {}

    ByteView encoded() const noexcept { return encoded_; }
    bool empty() const noexcept { return encoded_.empty(); }

    /// In the order of the wire; ends early at a fault, which check() would have told.
    Iterator begin() const noexcept { return Iterator(encoded_); }
    std::default_sentinel_t end() const noexcept { return {}; }

    /// The first property with this identifier.
    std::optional<Property> find(PropertyId id) const noexcept;

    /// find() for those that are numbers.
    std::optional<std::uint32_t> number(PropertyId id) const noexcept;

    /// Whether `owner` may carry all of them: known, allowed there, not twice, in range. Everything but the
    /// range of Topic Alias, which has a reason code of its own.
    Fault check(PropertyOwner owner) const noexcept;

private:
    ByteView encoded_;
};

/// Collects properties for an outgoing packet. Owns what it collects.
class PropertyWriter {
public:
    /// For every identifier whose value is a number.
    PropertyWriter& number(PropertyId id, std::uint32_t value);

    /// For text and binary data, at most max_text bytes.
    PropertyWriter& text(PropertyId id, std::string_view value);

    /// User Property.
    PropertyWriter& pair(std::string_view name, std::string_view value);

    /// Valid until the next change.
    PropertiesView view() const noexcept { return PropertiesView(as_bytes(encoded_)); }

private:
    Bytes encoded_;
};

}  // namespace rialto::mqtt
