#pragma once

#include <string>
#include <string_view>

#include "adapters/kafka/record.hpp"
#include "adapters/kafka/topic_names.hpp"
#include "core/message.hpp"

namespace rialto::kafka {

/// Which Kafka topics messages lie in.
struct Layout {
    std::string topic;  ///< all in this one; empty: each address has one of its own
    TopicNames names;   ///< of those

    bool is_one_topic() const noexcept { return !topic.empty(); }
};

/// Where the address is told when the name of the Kafka topic can't.
inline constexpr std::string_view topic_header = "rialto-topic";
/// Of "key,timestamp", what the record has and the message had not, so that the way back gives the same message.
inline constexpr std::string_view added_header = "rialto-added";

/// @error invalid  the address has no name in Kafka
Result<Record> to_record(const Message& message, const Layout& layout);

/// The way back; also for records that others wrote. Without the header, in one topic for all, the address is the key where
/// that is a topic, and otherwise the name of the Kafka topic.
/// @error invalid  the record has no address
Result<MessagePtr> to_message(const Record& record, const Layout& layout);

}  // namespace rialto::kafka
