#include "adapters/kafka/errors.hpp"

namespace rialto::kafka {

bool is_forbidden(rd_kafka_resp_err_t code) noexcept {
    switch (code) {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION: return true;
        default: return false;
    }
}

std::optional<Error> loss_of(rd_kafka_resp_err_t code, const std::string& text, bool is_fatal) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__DESTROY: return fail(Errc::unreachable, "no Kafka broker can be reached: " + text);
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM: return fail(Errc::refused, "Kafka refused: " + text);
        case RD_KAFKA_RESP_ERR__SSL: return fail(Errc::refused, "no TLS with Kafka: " + text);
        default: break;
    }
    if (is_fatal) return fail(Errc::unreachable, "Kafka's client gave up: " + text);
    return std::nullopt;
}

Outcome outcome_of(rd_kafka_resp_err_t code) noexcept {
    if (is_forbidden(code)) return Outcome::rejected;
    switch (code) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return Outcome::accepted;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
        case RD_KAFKA_RESP_ERR__INVALID_ARG: return Outcome::rejected;
        default: return Outcome::released;
    }
}

}  // namespace rialto::kafka
