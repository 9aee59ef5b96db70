#include "adapters/stomp/delivery_id.hpp"

#include <array>
#include <charconv>

namespace rialto::stomp {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

template <typename Number> bool take_number(std::string_view& text, Number& number) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool take_dash(std::string_view& text) noexcept {
    if (!text.starts_with('-')) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

void append_text(std::string& out, DeliveryId id) {
    append_number(out, id.connection);
    out.push_back('-');
    append_number(out, id.subscription);
    out.push_back('-');
    append_number(out, id.sequence);
}

std::optional<DeliveryId> delivery_id_from(std::string_view text) noexcept {
    DeliveryId id;
    const bool is_one = take_number(text, id.connection) && take_dash(text) &&
                        take_number(text, id.subscription) && take_dash(text) &&
                        take_number(text, id.sequence) && text.empty();
    return is_one ? std::optional(id) : std::nullopt;
}

}  // namespace rialto::stomp
