#include "adapters/stomp/durable_name.hpp"

#include "adapters/stomp/value_text.hpp"

#include <array>

namespace rialto::stomp {
namespace {

/// Artemis has had two, ActiveMQ too: the last one is a slip of its first versions that clients still send. The first that is
/// there counts.
constexpr std::array<std::string_view, 4> name_headers = {"durable-subscriber-name", "durable-subscription-name",
                                                          "activemq.subscriptionName", "activemq.subcriptionName"};

std::string part(std::string_view text) { return percent_encoded(text, "/"); }

bool is_true(const Frame& frame, std::string_view header) {
    const auto value = frame.headers.find(header);
    return value && (*value == "true" || *value == "True");
}

std::string_view client_of(const Frame& frame, std::string_view client_id) {
    return client_id.empty() ? frame.headers.find("client-id").value_or("") : client_id;
}

}  // namespace

Result<std::optional<DurableName>> durable_name_in(const Frame& frame, std::string_view client_id) {
    for (const std::string_view header : name_headers) {
        const auto name = frame.headers.find(header);
        if (!name) continue;
        if (name->empty()) return fail(Errc::protocol, std::string(header) + " must not be empty");
        const std::string_view client = client_of(frame, client_id);
        if (client.empty()) {
            return fail(Errc::protocol, "a durable subscription belongs to a client: send the header 'client-id' in CONNECT");
        }
        return std::optional(DurableName{"stomp/" + part(client) + "/" + part(*name), Sharing::one_at_a_time});
    }
    return std::optional<DurableName>();
}

bool says_durable(const Frame& frame) {
    return (is_true(frame, "durable") || is_true(frame, "persistent")) && !is_true(frame, "auto-delete");
}

Result<DurableName> durable_name_by_id(const Frame& frame, std::string_view client_id, const TopicFilter& filter) {
    const auto id = frame.headers.find("id");
    if (!id) return fail(Errc::protocol, "a durable subscription is named by its id: send the header 'id'");
    return DurableName{"stomp-shared/" + part(client_of(frame, client_id)) + "/" + part(*id) + "/" + filter.full_text(),
                       Sharing::together};
}

}  // namespace rialto::stomp
