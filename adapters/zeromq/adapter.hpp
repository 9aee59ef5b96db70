#pragma once

#include <memory>

#include "core/adapter.hpp"

namespace rialto::zeromq {

/// ZeroMQ without a broker: backends for `zmq:`, whose endpoints are options (PUB, SUB, PUSH, PULL; bound or connected).
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::zeromq
