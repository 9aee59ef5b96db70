#pragma once

#include <string>

#include "core/error.hpp"

namespace rialto::zeromq {

/// Keys of CurveZMQ, each as 40 characters of Z85. @source ZeroMQ RFC 26 and 32
struct Curve {
    std::string public_key;
    std::string secret_key;
    std::string server_key;  ///< empty where nobody is connected to
    bool has_own_keys = false;  ///< they were given; otherwise made up, which is enough for who connects
};

/// As the file says it.
struct CurveKeys {
    std::string public_key;
    std::string secret_key;
    std::string server_key;
};

/// Checks that they are keys and belong together, and completes them.
/// @error invalid  without any secret in the message
Result<Curve> curve_from(const CurveKeys& keys);

}  // namespace rialto::zeromq
