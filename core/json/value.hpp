#pragma once

#include <string_view>

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

namespace rialto {

/// Reads exactly one JSON value, nested at most 32 deep. Numbers are the nearest double, as std::from_chars gives them, so that
/// what was written in its shortest form comes back as it was; Boost's own parser may be off by a unit in the last place.
/// @param error  set where `text` is no JSON; the value is null then  @source RFC 8259
boost::json::value parse_json(std::string_view text, boost::system::error_code& error,
                              boost::json::storage_ptr memory = {});

}  // namespace rialto
