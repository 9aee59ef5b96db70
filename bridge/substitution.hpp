#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace rialto::bridge {

/// The value of an environment variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

Environment process_environment();

/// Where in the text it went wrong, and how.
struct SubstitutionError {
    std::size_t offset;  ///< bytes
    std::size_t size;
    std::string message;
};

using Substituted = boost::system::result<std::string, SubstitutionError>;

/// Puts values in the place of `${VAR}` and `${file:/run/secrets/x}`; a file's last line end is left out. `$${` is a
/// literal `${`. Inside the user and password of an address the value is percent-encoded, so any password works there.
Substituted substitute(std::string_view text, const Environment& environment);

[[noreturn]] void throw_exception_from_error(const SubstitutionError& error, const boost::source_location& where);

}  // namespace rialto::bridge
