#pragma once

#include <memory>

#include "core/adapter.hpp"

namespace rialto::redis {

/// Redis pub/sub: backends for `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, and `rediss://` with TLS.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::redis
