#pragma once

#include "core/adapter.hpp"
#include "core/options.hpp"

namespace rialto::bridge {

/// The options of each table of the file, apart from what adapters add.
const Schema& file_schema();
const Schema& gateway_schema();
const Schema& log_schema();
const Schema& auth_schema();
const Schema& route_schema();
const Schema& history_schema();
/// What every listener and every backend has.
const Schema& common_listener_schema();
const Schema& common_backend_schema();

/// The options of one listener or backend: common ones and the adapter's.
Schema listener_schema(const Adapter& adapter);
Schema backend_schema(const Adapter& adapter);

}  // namespace rialto::bridge
