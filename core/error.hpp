#pragma once

#include <boost/system/result.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace rialto {

/// What kind of trouble it is: the part of an Error that code branches on.
enum class Errc {
    invalid,       ///< the input is wrong; trying again cannot help
    refused,       ///< the other side said no (credentials, permission, policy)
    unreachable,   ///< no connection, or it was lost; trying again may help
    timed_out,     ///< the other side did not answer in time
    over_limit,    ///< a limit of ours or of the other side was passed
    protocol,      ///< the other side broke its protocol
    closed,        ///< we are shutting down, or it was closed on purpose
    internal,      ///< a defect of ours
};

/// Something that went wrong and can happen: network, peer, file, limit. A value, never thrown by our own code.
/// `message` is one sentence for a person, with the offending value and without secrets.
struct Error {
    Errc code = Errc::internal;
    std::string message;
};

inline std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.message; }

/// The same error told from further up: "reading 'users.toml': no such file".
[[nodiscard]] inline Error in_context(std::string_view context, Error error) {
    error.message.insert(0, std::string(context) + ": ");
    return error;
}

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <typename T>
using Result = boost::system::result<T, Error>;

[[nodiscard]] inline Error fail(Errc code, std::string message) { return Error{code, std::move(message)}; }

}  // namespace rialto
