#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/mapping.hpp"
#include "core/adapter.hpp"
#include "core/options.hpp"

namespace rialto::kafka {

using Conf = std::unique_ptr<rd_kafka_conf_t, Calls<rd_kafka_conf_destroy>>;

/// What one `[backends.NAME]` says.
struct Settings {
    std::string brokers;  ///< for people: "localhost:9092"
    Layout layout;
    std::string group;
    /// With a group that has committed nothing yet, Kafka topics that are there already are read from their beginning.
    bool reads_from_beginning = false;
    std::chrono::milliseconds within{};
    std::vector<std::pair<std::string, std::string>> properties;  ///< librdkafka's, later ones win
};

/// The options of a Kafka backend beside `url`.
const Schema& options_schema();

/// @error invalid  a path that is no Kafka topic, a property that librdkafka does not know or does not take
Result<Settings> settings_from(const BackendSettings& settings, std::string_view gateway);

/// librdkafka's own form of them. @error invalid  with librdkafka's words
Result<Conf> make_conf(const Settings& settings);

}  // namespace rialto::kafka
