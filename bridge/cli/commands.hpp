#pragma once

#include <string>
#include <vector>

#include "bridge/cli/exit_code.hpp"

namespace rialto::bridge {

/// Each command of `rialto`, after its arguments were read. Results go to standard output, errors to standard error.

struct RunArguments {
    std::string file;                    ///< empty: the built-in configuration
    std::vector<std::string> overrides;  ///< `--set` KEY=VALUE
    bool test_echo = false;
};
/// Runs the gateway until SIGTERM or SIGINT.
ExitCode run(const RunArguments& arguments);

struct CheckArguments {
    std::string file;
    std::vector<std::string> overrides;
};
ExitCode check(const CheckArguments& arguments);

ExitCode print_version();

}  // namespace rialto::bridge
