#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/message.hpp"

namespace rialto {

/// What a message may carry beside topic and payload, by name: for saying what a place has room for and what it loses.
enum class Field : std::uint8_t {
    body_kind,
    content_type,
    content_encoding,
    message_id,
    correlation_id,
    reply_to,
    expiry,
    priority,
    timestamp,
    headers,
    key,
    trace,
    retain,
    via,  ///< the gateway's own: what tells loops
};

/// All of them, in the order in which people are told of them.
inline constexpr std::array every_field{Field::body_kind,      Field::content_type, Field::content_encoding, Field::message_id,
                                        Field::correlation_id, Field::reply_to,     Field::expiry,           Field::priority,
                                        Field::timestamp,      Field::headers,      Field::key,              Field::trace,
                                        Field::retain,         Field::via};

/// A set of fields: a number.
class FieldSet {
public:
    constexpr FieldSet() = default;
    constexpr FieldSet(std::initializer_list<Field> fields) {
        for (const Field field : fields) bits_ |= bit(field);
    }
    static constexpr FieldSet all() {
        FieldSet set;
        for (const Field field : every_field) set.bits_ |= bit(field);
        return set;
    }
    /// Everything that properties hold: all but `retain`.
    static constexpr FieldSet properties() { return all().without({Field::retain}); }

    constexpr bool has(Field field) const noexcept { return (bits_ & bit(field)) != 0; }
    constexpr bool has_all(FieldSet others) const noexcept { return (others.bits_ & ~bits_) == 0; }
    constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr int size() const noexcept { return std::popcount(bits_); }
    constexpr FieldSet with(FieldSet others) const noexcept { return FieldSet(bits_ | others.bits_); }
    constexpr FieldSet without(FieldSet others) const noexcept { return FieldSet(bits_ & ~others.bits_); }
    void add(Field field) noexcept { bits_ |= bit(field); }

    friend constexpr bool operator==(FieldSet, FieldSet) = default;

private:
    constexpr explicit FieldSet(std::uint32_t bits) noexcept : bits_(bits) {}
    static constexpr std::uint32_t bit(Field field) noexcept { return 1U << static_cast<unsigned>(field); }

    std::uint32_t bits_ = 0;
};

/// As in documentation, metrics and reports: "content-type".
std::string_view name_of(Field field) noexcept;
/// "content-type, headers"; empty for none.
std::string names_of(FieldSet fields);

/// What `message` really carries.
FieldSet fields_of(const Message& message) noexcept;

}  // namespace rialto
