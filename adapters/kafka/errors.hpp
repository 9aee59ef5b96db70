#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/receipt.hpp"

namespace rialto::kafka {

/// What a client's error event means for its connection: nothing where the library goes on by itself.
/// @param text  what the library says of it
std::optional<Error> loss_of(rd_kafka_resp_err_t code, const std::string& text, bool is_fatal);

/// What becomes of a message whose delivery ended so.
Outcome outcome_of(rd_kafka_resp_err_t code) noexcept;

/// Whether the broker says that there is no such topic.
inline bool is_unknown_topic(rd_kafka_resp_err_t code) noexcept {
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/// Whether one broker can't be reached, which the library tries again.
inline bool is_about_a_broker(rd_kafka_resp_err_t code) noexcept {
    return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
}

/// Whether the broker says that we may not.
bool is_forbidden(rd_kafka_resp_err_t code) noexcept;

}  // namespace rialto::kafka
