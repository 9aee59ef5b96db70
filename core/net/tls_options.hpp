#pragma once

#include "core/net/tls.hpp"
#include "core/options.hpp"

namespace rialto {

/// The options of `tls = {…}` in a listener and in a backend.
const Schema& server_tls_schema();
const Schema& client_tls_schema();

/// What they say. An empty table (null) gives the defaults.
TlsOptions tls_options_from(const OptionValues* table);

}  // namespace rialto
