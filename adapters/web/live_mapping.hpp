#pragma once

#include "adapters/web/live_requests.hpp"
#include "core/properties.hpp"

#include <memory>

#include <boost/json/object.hpp>

/// How a message's properties and the members of `msg` and `pub` frames become each other. `ct`, `corr`,
/// `reply`, `key` and `ts` have members of their own; what else there is travels in `headers` under fixed
/// names: content-encoding, message-id, expires, priority, traceparent, tracestate, rialto-via. Values that
/// JSON has no type for are text, and `rialto-types` says what they were.
namespace rialto::web {

/// Appends `,"ct":…,"headers":{…}`: what is there, and nothing where nothing is.
void append_properties(Bytes& out, const Properties& properties);

/// The way back, from a `pub`; null where it says nothing. `rialto-via` is not taken from clients: it tells
/// loops, and whoever could write it could have messages thrown away.
Checked<std::unique_ptr<Properties>> read_properties(const boost::json::object& members);

}  // namespace rialto::web
