#pragma once

#include <memory>

#include "core/adapter.hpp"

namespace rialto::redis {

/// Redis: backends for pub/sub, `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, and for streams, `redis+stream://…`; with
/// TLS `rediss://` and `rediss+stream://`. A listener that speaks Redis' protocol.
std::unique_ptr<Adapter> make_adapter(Gateway& gateway);

}  // namespace rialto::redis
