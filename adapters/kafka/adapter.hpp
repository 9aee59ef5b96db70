#pragma once

#include <memory>

#include "core/adapter.hpp"

namespace rialto::kafka {

/// Apache Kafka: backends for `kafka://[USER:PASSWORD@]HOST[,HOST…][:PORT][/KAFKA_TOPIC]`, and `kafkas://` with TLS.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::kafka
