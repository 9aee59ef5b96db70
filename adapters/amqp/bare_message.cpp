#include "adapters/amqp/bare_message.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include "adapters/amqp/codec/reader.hpp"
#include "adapters/amqp/codec/section.hpp"
#include "adapters/amqp/names.hpp"
#include "core/store/record_io.hpp"
#include "core/topic.hpp"

namespace rialto::amqp {
namespace {

// What stands on disk: an octet of flags, and the four sections, each with its length.
constexpr std::uint8_t kind_bits = 0x03;
constexpr std::uint8_t value_bit = 0x04;
constexpr std::uint8_t holds_payload_bit = 0x08;
constexpr std::uint8_t rewrites_body_bit = 0x10;
constexpr std::uint8_t jms_bit = 0x20;

constexpr std::uint32_t most_properties = 13;

/// The one value that a section is. Nothing where it is none of that kind.
std::optional<Item> value_of_section(std::string_view section, Section kind, Type type) noexcept {
    Reader reader(section);
    Item descriptor;
    Item value;
    const bool is_whole = reader.next(descriptor) && descriptor.type == Type::described && section_of(descriptor) == kind &&
                          reader.next(value) && value.type == type && reader.at_end() && is_proper(section);
    return is_whole ? std::optional(value) : std::nullopt;
}

/// @source AMQP 1.0 part 3, section 3.2.4
bool is_proper_property(std::uint32_t index, const Item& item) noexcept {
    switch (index) {
        case 0:  // message-id
        case 5:  // correlation-id
            return item.type == Type::uuid || item.type == Type::binary || item.type == Type::string || item.code == 0x80 ||
                   item.code == 0x53 || item.code == 0x44;
        case 2:   // to
        case 3:   // subject
        case 4:   // reply-to
        case 10:  // group-id
        case 12:  // reply-to-group-id
            return item.type == Type::string;
        case 6:  // content-type
        case 7:  // content-encoding
            return item.type == Type::symbol;
        case 8:  // absolute-expiry-time
        case 9:  // creation-time
            return item.type == Type::timestamp;
        case 11:  // group-sequence
            return item.code == 0x70 || item.code == 0x52 || item.code == 0x43;
        default:
            return false;
    }
}

}  // namespace

std::shared_ptr<const NativeForm> BareMessage::keep() const {
    const auto bit = [](bool is_set, std::uint8_t which) { return is_set ? which : 0; };
    NativeForm form{NativeForm::Protocol::amqp, {}};
    constexpr std::size_t lengths = 1 + 4 * 5;
    form.octets.reserve(properties.size() + application_properties.size() + body.size() + footer.size() + lengths);
    store::RecordWriter out(form.octets);
    out.octet(static_cast<std::uint8_t>(static_cast<int>(kind) | bit(is_value, value_bit) | bit(holds_payload, holds_payload_bit) |
                                        bit(rewrites_body, rewrites_body_bit) | bit(jms_safe_names, jms_bit)));
    for (const std::string_view section : {properties, application_properties, body, footer}) out.text(section);
    return std::make_shared<const NativeForm>(std::move(form));
}

std::optional<BareMessage> BareMessage::of(const Message& message) {
    const NativeForm* const form = message.native();
    if (!form || form->protocol != NativeForm::Protocol::amqp) return std::nullopt;
    store::RecordReader in(form->octets);
    const std::uint8_t flags = in.octet();
    BareMessage bare;
    bare.kind = static_cast<Body>(flags & kind_bits);
    bare.is_value = (flags & value_bit) != 0;
    bare.holds_payload = (flags & holds_payload_bit) != 0;
    bare.rewrites_body = (flags & rewrites_body_bit) != 0;
    bare.jms_safe_names = (flags & jms_bit) != 0;
    for (std::string_view* section : {&bare.properties, &bare.application_properties, &bare.body, &bare.footer}) *section = in.text();
    return in.is_at_end() ? std::optional(bare) : std::nullopt;
}

bool BareCollector::add(Section section, const Item& descriptor, std::string_view whole) noexcept {
    is_irregular_ |= !is_named_properly(descriptor);
    switch (section) {
        case Section::properties:
            note(bare_.properties, whole);
            return true;
        case Section::application_properties:
            note(bare_.application_properties, whole);
            return true;
        case Section::footer:
            note(bare_.footer, whole);
            return true;
        case Section::data:
        case Section::sequence:
        case Section::value:
            break;
        default:
            return true;
    }
    if (!body_section_) {
        bare_.body = whole;
        body_section_ = section;
        return true;
    }
    is_irregular_ |= bare_.body.data() + bare_.body.size() != whole.data();
    bare_.body = {bare_.body.data(), bare_.body.size() + whole.size()};
    return section == body_section_ && section != Section::value;
}

void BareCollector::note(std::string_view& place, std::string_view whole) noexcept {
    is_irregular_ |= !place.empty();
    place = whole;
}

std::optional<BareMessage> BareCollector::finish(BareMessage::Body kind, std::string_view payload, bool rewrites_body, bool jms_safe_names) {
    if (is_irregular_) return std::nullopt;
    // Some libraries leave an empty body out, which the standard does not know.
    if (!body_section_) bare_.body = {"\0\x53\x75\xa0\0", 5};
    bare_.kind = kind;
    bare_.is_value = has_value();
    bare_.jms_safe_names = jms_safe_names;
    bare_.rewrites_body = rewrites_body || (kind == BareMessage::Body::json && !is_proper(bare_.body));
    if (bare_.rewrites_body) {
        bare_.body = bare_.footer = {};
    } else {
        const bool ends_body = kind == BareMessage::Body::sections ? payload == bare_.body : kind == BareMessage::Body::payload;
        bare_.holds_payload = !ends_body || !bare_.footer.empty();
        if (!bare_.holds_payload) bare_.body.remove_suffix(payload.size());
    }
    const bool says_more = !bare_.properties.empty() || !bare_.application_properties.empty() || !bare_.footer.empty() ||
                           (bare_.is_value && !bare_.rewrites_body) || bare_.holds_payload;
    return says_more ? std::optional(bare_) : std::nullopt;
}

bool are_proper_properties(std::string_view section) noexcept {
    if (section.empty()) return true;
    const auto list = value_of_section(section, Section::properties, Type::list);
    if (!list || list->count > most_properties) return false;
    Reader fields(list->bytes);
    for (std::uint32_t i = 0; i < list->count; ++i) {
        Item item;
        if (!fields.next(item) || item.type == Type::described) return false;
        if (!item.is_null() && !is_proper_property(i, item)) return false;
    }
    return true;
}

bool are_proper_application_properties(std::string_view section) {
    if (section.empty()) return true;
    const auto map = value_of_section(section, Section::application_properties, Type::map);
    if (!map || map->count % 2 != 0) return false;
    boost::unordered_flat_set<std::string_view> seen;
    Reader entries(map->bytes);
    for (std::uint32_t i = 0; i < map->count; i += 2) {
        Item name;
        Item value;
        if (!entries.next(name) || name.type != Type::string || !is_utf8_text(name.bytes)) return false;
        if (name.bytes == names::last_value || !seen.insert(name.bytes).second) return false;
        if (!entries.next(value) || (value.type == Type::described && !entries.next(value))) return false;
        if (value.type == Type::list || value.type == Type::map || value.type == Type::array) return false;
    }
    return true;
}

bool have_hyphens(std::string_view application_properties) noexcept {
    Reader reader(application_properties);
    Item map;
    if (!reader.next(map) || !reader.next(map)) return false;
    Reader entries(map.bytes);
    for (Item name; entries.next(name) && entries.skip();) {
        if (name.bytes.find('-') != std::string_view::npos || name.bytes.find(names::jms_hyphen) != std::string_view::npos) return true;
    }
    return false;
}

bool is_proper_footer(std::string_view section) noexcept {
    if (section.empty()) return true;
    const auto map = value_of_section(section, Section::footer, Type::map);
    if (!map) return false;
    Reader entries(map->bytes);
    for (std::uint32_t i = 0; i < map->count; i += 2) {
        Item name;
        if (!entries.next(name) || (name.type != Type::symbol && name.type != Type::unsigned_integer) || !entries.skip()) return false;
    }
    return true;
}

}  // namespace rialto::amqp
