#include "adapters/amqp/engine/frame_guard.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "adapters/amqp/codec/reader.hpp"

namespace rialto::amqp {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::uint8_t amqp_frame = 0;
constexpr std::uint8_t sasl_frame = 1;

enum Performative : std::uint8_t { open = 0x10, begin, attach, flow, transfer, disposition, detach, end, close };

/// One letter for each field: b boolean, u unsigned, s string or symbol, x binary, m map, S symbols (one or an array of them),
/// d described, a anything; upper case B, U, X where it must be there.
constexpr std::array<std::string_view, 9> fields_of{
    "Ssuuu" "SSSSm",     // open: container-id is mandatory, see is_mandatory()
    "uUUUuSSm",          // begin
    "sUBuudd" "mbuuSSm", // attach
    "uUUUuuuubbm",       // flow
    "Uuxubb" "udbbb",    // transfer: delivery-id and tag by what went before
    "BUubdb",            // disposition
    "Ubd",               // detach
    "d",                 // end
    "d",                 // close
};

bool fits(char letter, const Item& item) noexcept {
    switch (letter) {
        case 'b':
        case 'B':
            return item.type == Type::boolean;
        case 'u':
        case 'U':
            return item.type == Type::unsigned_integer && item.number <= UINT32_MAX;
        case 's':
            return item.is_text();
        case 'S':
            return item.is_text() || item.type == Type::array;
        case 'x':
            return item.type == Type::binary;
        case 'm':
            return item.type == Type::map;
        case 'd':
            return item.type == Type::described;
        default:
            return true;
    }
}

bool is_mandatory(char letter) noexcept { return letter == 'U' || letter == 'B'; }

std::uint32_t number32(std::string_view bytes) noexcept {
    std::uint32_t number = 0;
    for (const char c : bytes.substr(0, 4)) number = number << 8U | static_cast<std::uint8_t>(c);
    return number;
}

Error broken(std::string what) { return fail(Errc::protocol, std::move(what)); }

/// Checks each field that is there against its letter. max-message-size alone may be longer than 32 bits.
Result<void> check_fields(Performative performative, const Item& list) {
    const std::string_view letters = fields_of[performative - open];
    if (list.count > letters.size()) return broken("a performative has too many fields");
    Reader reader(list.bytes);
    for (std::size_t i = 0; i < letters.size(); ++i) {
        Item item;
        if (i >= list.count) {
            if (is_mandatory(letters[i])) return broken("a performative lacks a mandatory field");
            continue;
        }
        if (!reader.next(item)) return broken("a performative is malformed");
        if (item.is_null()) {
            if (is_mandatory(letters[i])) return broken("a performative lacks a mandatory field");
            continue;
        }
        const bool is_long = performative == attach && i == 10 && item.type == Type::unsigned_integer;
        if (!is_long && !fits(letters[i], item)) return broken("a field of a performative has the wrong type");
        if (item.type == Type::described && !reader.next(item)) return broken("a performative is malformed");
    }
    if (!reader.at_end()) return broken("a performative has more octets than fields");
    return {};
}

/// Field `index` of a list whose fields were checked.
Item field(const Item& list, std::uint32_t index) noexcept {
    Reader reader(list.bytes);
    Item item;
    for (std::uint32_t i = 0; i <= index; ++i) {
        item = Item{};
        if (i >= list.count || !reader.next(item)) return Item{};
        if (i < index && item.type == Type::described) {
            Item value;
            if (!reader.next(value)) return Item{};
        }
    }
    return item;
}

}  // namespace

Result<std::size_t> FrameGuard::check(ByteView bytes) {
    const std::string_view all = as_text(bytes);
    std::size_t sound = 0;
    while (all.size() - sound >= header_size) {
        const std::string_view rest = all.substr(sound);
        if (rest.starts_with("AMQP")) {
            if (is_open_) return broken("a protocol header came in the middle");
            sound += header_size;
            continue;
        }
        const std::uint32_t size = number32(rest);
        if (size < header_size) return broken("a frame is smaller than its header");
        if (size > limits_.frame_size) return fail(Errc::over_limit, "a frame of " + std::to_string(size) + " octets");
        if (rest.size() < size) break;
        if (const Result<void> checked = check_frame(rest.substr(0, size)); checked.has_error()) return checked.error();
        sound += size;
    }
    return sound;
}

Result<void> FrameGuard::check_frame(std::string_view frame) {
    const std::size_t offset = static_cast<std::uint8_t>(frame[4]) * std::size_t{4};
    const auto kind = static_cast<std::uint8_t>(frame[5]);
    if (offset < header_size || offset > frame.size()) return broken("a frame's data offset is out of its range");
    if (kind != amqp_frame && kind != sasl_frame) return broken("a frame of an unknown kind");
    const std::string_view body = frame.substr(offset);
    if (kind == sasl_frame) {
        if (is_open_ || !is_well_formed(body)) return broken("a malformed SASL frame");
        return {};
    }
    if (body.empty()) return {};  // a heartbeat
    return check_performative(static_cast<std::uint16_t>(number32(frame.substr(4)) & 0xffffU), body);
}

Result<void> FrameGuard::check_performative(std::uint16_t channel, std::string_view body) {
    if (is_closed_) return broken("a frame came after close");
    Reader reader(body);
    Item head;
    Item list;
    if (!reader.next(head) || head.type != Type::described || head.code == 0xa3 || head.code == 0xb3 || head.number < open ||
        head.number > close) {
        return broken("a frame holds no performative");
    }
    if (!reader.next(list) || list.type != Type::list) return broken("a performative is no list");
    const auto performative = static_cast<Performative>(head.number);
    if (const Result<void> checked = check_fields(performative, list); checked.has_error()) return checked.error();
    if (!is_well_formed(list.bytes)) return broken("a performative is malformed");
    if (performative != transfer && !reader.at_end()) return broken("octets follow a performative");
    if (is_open_ == (performative == open)) return broken(is_open_ ? "a second open frame" : "a frame came before open");
    if (channel >= limits_.channels) return fail(Errc::over_limit, "channel " + std::to_string(channel));
    if (performative == open) {
        if (!field(list, 0).is_text()) return broken("open lacks a container id");
        is_open_ = true;
    }
    if (performative == close) is_closed_ = true;
    if (performative == attach) {
        const Item handle = field(list, 1);
        if (!field(list, 0).is_text()) return broken("attach lacks a name");
        if (handle.number >= limits_.handles) return fail(Errc::over_limit, "link handle " + std::to_string(handle.number));
        half_done_.erase(std::uint64_t{channel} << 32U | handle.number);
    }
    if (performative == transfer) return check_transfer(channel, list.bytes, list.count);
    return {};
}

/// The first transfer of a delivery has an id and a tag, the others need not [AMQP 2.7.5].
Result<void> FrameGuard::check_transfer(std::uint16_t channel, std::string_view fields, std::uint32_t count) {
    std::array<Item, 10> items{};
    Reader reader(fields);
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(count, items.size()); ++i) {
        if (!reader.next(items[i])) return broken("a transfer is malformed");
        Item value;
        if (items[i].type == Type::described && !reader.next(value)) return broken("a transfer is malformed");
    }
    const Item& handle = items[0];
    if (handle.number >= limits_.handles) return fail(Errc::over_limit, "link handle " + std::to_string(handle.number));
    bool& is_half_done = half_done_[std::uint64_t{channel} << 32U | handle.number];
    if (!is_half_done && items[1].is_null()) return broken("the first transfer of a delivery has no delivery-id");
    if (!is_half_done && items[2].is_null()) return broken("the first transfer of a delivery has no delivery-tag");
    if (items[2].bytes.size() > 32) return broken("a delivery-tag is longer than 32 octets");
    const bool more = items[5].number != 0;
    const bool aborted = items[9].number != 0;
    is_half_done = more && !aborted;
    return {};
}

}  // namespace rialto::amqp
