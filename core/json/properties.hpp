#pragma once

#include "core/error.hpp"
#include "core/properties.hpp"

#include <memory>

#include <boost/json/object.hpp>

/// How a message's properties and the members of `msg` and `pub` frames become each other. `ct`, `corr`,
/// `reply`, `key` and `ts` have members of their own; what else there is travels in `headers` under fixed
/// names: content-encoding, message-id, expires, priority, traceparent, tracestate, rialto-via. Values that
/// JSON has no type for are text, and `rialto-types` says what they were.
namespace rialto {

/// Appends `,"ct":…,"headers":{…}`: what is there, and nothing where nothing is.
void append_json_properties(Bytes& out, const Properties& properties);

/// The way back; null where it says nothing. `rialto-via` is not taken from clients: it tells loops, and whoever could write it
/// could have messages thrown away.
/// @error invalid  says which member has to be what
Result<std::unique_ptr<Properties>> read_json_properties(const boost::json::object& members);

}  // namespace rialto
