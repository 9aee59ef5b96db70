#pragma once

#include "core/adapter.hpp"

namespace rialto::amqp {

/// AMQP 1.0: listeners that clients of any language connect to, and brokers as backends.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::amqp
