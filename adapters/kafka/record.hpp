#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <optional>
#include <string>

#include "core/bytes.hpp"
#include "core/calls.hpp"
#include "core/properties.hpp"
#include "core/text_headers.hpp"

namespace rialto::kafka {

/// What Kafka keeps of a message, without the library's types.
struct Record {
    std::string topic;
    std::optional<Bytes> key;
    std::optional<Bytes> value;          ///< nothing: a tombstone
    TextHeaders headers;                 ///< in order, any bytes
    std::optional<WallTime> timestamp;   ///< the producer's; nothing: the time of sending
};

/// A record as the library hands it out.
Record record_from(const rd_kafka_message_t& message);

/// Queues the record. `token` comes back with the delivery report.
/// @return  what the library says at once: `__QUEUE_FULL`, MSG_SIZE_TOO_LARGE, `__UNKNOWN_TOPIC` …
rd_kafka_resp_err_t produce(rd_kafka_t& client, const Record& record, std::uint64_t token);

using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, Calls<rd_kafka_topic_partition_list_destroy>>;
PartitionList make_partition_list(std::size_t size = 0);

}  // namespace rialto::kafka
