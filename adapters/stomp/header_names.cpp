#include "adapters/stomp/header_names.hpp"

#include <array>
#include <utility>

namespace rialto::stomp {
namespace {

constexpr std::array<std::pair<std::string_view, Field>, 28> fields = {{
    {"destination", Field::protocol},
    {"content-length", Field::protocol},
    {"receipt", Field::protocol},
    {"transaction", Field::protocol},
    {"login", Field::secret},
    {"passcode", Field::secret},
    {"content-type", Field::content_type},
    {"content-encoding", Field::content_encoding},
    {"app-message-id", Field::message_id},
    {"correlation-id", Field::correlation_id},
    {"reply-to", Field::reply_to},
    {"expires", Field::expires},
    {"priority", Field::priority},
    {"timestamp", Field::timestamp},
    {"persistent", Field::persistent},
    {"retain", Field::retain},
    {"JMSXGroupID", Field::key},
    {"traceparent", Field::traceparent},
    {"tracestate", Field::tracestate},
    {"rialto-via", Field::via},
    {"JMSXUserID", Field::identity},
    {"user-id", Field::identity},
    {"rialto-types", Field::sidecar},
    {"rialto-multi", Field::sidecar},
    {"rialto-body", Field::sidecar},
    {"rialto-key", Field::sidecar},
    {"rialto-timestamp", Field::sidecar},
    {"rialto-topic", Field::sidecar},
}};

/// Headers that the server writes into MESSAGE, and those of other frames that a careless client may look
/// for.
constexpr std::array<std::string_view, 8> other_reserved = {
    "message-id", "subscription", "ack", "redelivered", "heart-beat", "host", "receipt-id", "message"};

bool is_reserved(std::string_view name) noexcept {
    if (name.empty() || name.starts_with("rialto-") || field_of(name) != Field::user) return true;
    for (const std::string_view reserved : other_reserved) {
        if (reserved == name) return true;
    }
    return false;
}

}  // namespace

Field field_of(std::string_view name) noexcept {
    for (const auto& [known, field] : fields) {
        if (known == name) return field;
    }
    return Field::user;
}

bool is_renamed(std::string_view name, const Dialect& dialect) noexcept {
    while (name.starts_with(renamed_prefix)) name.remove_prefix(renamed_prefix.size());
    return is_reserved(name) || is_taken(name, dialect);
}

}  // namespace rialto::stomp
