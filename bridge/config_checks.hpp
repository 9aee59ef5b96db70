#pragma once

#include "bridge/config.hpp"
#include "bridge/option_reader.hpp"

namespace rialto::bridge {

/// What listeners must not do together: one port twice, or a port open to the world without saying so.
/// @param is_open  whether `auth.allow_anonymous = true` is written down
void check_listeners(const Config& config, bool is_open, ReadingContext& context);

/// Whether two listeners can't both have their addresses. Port 0 asks for any that is free.
bool share_a_port(const Address& a, const Address& b);

/// A spool needs a folder or a server.
void check_spools(const Config& config, ReadingContext& context);

/// Whether every route's places can do what it asks of them.
void check_deliveries(const Config& config, ReadingContext& context);

}  // namespace rialto::bridge
