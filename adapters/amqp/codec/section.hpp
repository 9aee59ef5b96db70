#pragma once

#include <cstdint>
#include <optional>

namespace rialto::amqp {

struct Item;

/// Codes of the sections of a message and of what else is described here. @source AMQP 1.0 part 3, sections 3.2 and 3.5
enum class Section : std::uint8_t {
    header = 0x70,
    delivery_annotations = 0x71,
    message_annotations = 0x72,
    properties = 0x73,
    application_properties = 0x74,
    data = 0x75,
    sequence = 0x76,
    value = 0x77,
    footer = 0x78,
};

/// Whether it is a ulong or a symbol, as the standard writes them.
bool is_named_properly(const Item& descriptor) noexcept;
/// Which section is described so, by number or by name. Nothing for what is no section.
std::optional<Section> section_of(const Item& descriptor) noexcept;

}  // namespace rialto::amqp
