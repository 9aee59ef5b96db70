#include "adapters/amqp/engine/condition.hpp"

namespace rialto::amqp {
namespace {

constexpr std::size_t longest_text = 300;  // of a peer's text in our errors and logs

Errc code_of(std::string_view name) noexcept {
    if (name == condition::unauthorized || name == condition::not_allowed) return Errc::refused;
    if (name == condition::not_found || name == condition::invalid_field) return Errc::invalid;
    if (name == condition::resource_limit || name == condition::message_too_large) return Errc::over_limit;
    if (name == condition::decode_error || name == condition::framing_error) return Errc::protocol;
    return Errc::unreachable;
}

/// A peer's words for one line of a log.
std::string printable(const char* text) {
    std::string out;
    for (; text && *text && out.size() < longest_text; ++text) {
        out.push_back(static_cast<unsigned char>(*text) < 0x20 ? ' ' : *text);
    }
    return out;
}

}  // namespace

void set(pn_condition_t* where, const Condition& condition) {
    pn_condition_set_name(where, std::string(condition.name).c_str());
    pn_condition_set_description(where, condition.text.c_str());
}

Error error_of(pn_condition_t* condition) {
    if (!condition || !pn_condition_is_set(condition)) return fail(Errc::closed, "the other side closed it");
    const std::string name = printable(pn_condition_get_name(condition));
    const std::string text = printable(pn_condition_get_description(condition));
    // Proton's own words for a peer that was silent for too long.
    const Errc code = text.find("idle-timeout") != std::string::npos ? Errc::timed_out : code_of(name);
    return fail(code, text.empty() ? name : name + ": " + text);
}

}  // namespace rialto::amqp
