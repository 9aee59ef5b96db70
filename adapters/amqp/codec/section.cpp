#include "adapters/amqp/codec/section.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "adapters/amqp/codec/reader.hpp"

namespace rialto::amqp {
namespace {

/// Symbolic descriptors, which nobody uses but anybody may.
constexpr std::array<std::pair<std::string_view, Section>, 9> section_names{{
    {"amqp:header:list", Section::header},
    {"amqp:delivery-annotations:map", Section::delivery_annotations},
    {"amqp:message-annotations:map", Section::message_annotations},
    {"amqp:properties:list", Section::properties},
    {"amqp:application-properties:map", Section::application_properties},
    {"amqp:data:binary", Section::data},
    {"amqp:amqp-sequence:list", Section::sequence},
    {"amqp:amqp-value:*", Section::value},
    {"amqp:footer:map", Section::footer},
}};

}  // namespace

bool is_named_properly(const Item& descriptor) noexcept {
    return !descriptor.bytes.empty() || descriptor.code == 0x53 || descriptor.code == 0x80;
}

std::optional<Section> section_of(const Item& descriptor) noexcept {
    if (descriptor.bytes.empty()) {
        const bool is_known = descriptor.number >= 0x70 && descriptor.number <= 0x78;
        return is_known ? std::optional(static_cast<Section>(descriptor.number)) : std::nullopt;
    }
    for (const auto& [name, section] : section_names) {
        if (descriptor.bytes == name) return section;
    }
    return std::nullopt;
}

}  // namespace rialto::amqp
