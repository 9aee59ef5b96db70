#pragma once

#include "core/error.hpp"

namespace rialto::bridge {

/// What a command ends with.
enum class ExitCode : int {
    done = 0,
    wrong_input = 1,   ///< configuration, arguments, or refused
    unreachable = 2,   ///< the other side
    interrupted = 130,
};

inline ExitCode exit_code_of(const Error& error) noexcept {
    return error.code == Errc::unreachable || error.code == Errc::timed_out ? ExitCode::unreachable : ExitCode::wrong_input;
}

}  // namespace rialto::bridge
