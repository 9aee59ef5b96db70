#pragma once

#include "bridge/cli/exit_code.hpp"

namespace rialto::bridge {

/// Reads the arguments and runs the command that they name.
ExitCode run_command_line(int count, const char* const* arguments);

}  // namespace rialto::bridge
