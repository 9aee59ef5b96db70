#pragma once

#include <stdexcept>
#include <string>

namespace bench {

/// Why a run does not count: a lost, doubled or misplaced message, a server that stalled or said no.
/// Thrown from anywhere and caught in main only, since a run that failed has nothing else to do.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A Failure that tells what the system call said: "connect: Connection refused".
[[noreturn]] void fail_with_errno(const std::string& what);

}  // namespace bench
