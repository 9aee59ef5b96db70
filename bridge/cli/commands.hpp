#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/cli/exit_code.hpp"

namespace rialto::bridge {

/// Each command of `rialto`, after its arguments were read. Results go to standard output, errors to standard error.

struct RunArguments {
    std::string file;                    ///< empty: the built-in configuration
    std::vector<std::string> overrides;  ///< `--set` KEY=VALUE
    bool test_echo = false;
    bool test_spread = false;
};
/// Runs the gateway until SIGTERM or SIGINT.
ExitCode run(const RunArguments& arguments);

struct CheckArguments {
    std::string file;
    std::vector<std::string> overrides;
};
ExitCode check(const CheckArguments& arguments);

struct ExplainArguments {
    std::string file;
    std::string address;  ///< PLACE:TOPIC
    std::vector<std::string> overrides;
};
ExitCode explain(const ExplainArguments& arguments);

struct PubArguments {
    std::string url;
    std::string topic;
    std::optional<std::string> payload;  ///< absent or "-": standard input
    bool lines = false;                  ///< each line of it is a message
    int qos = 1;
    bool retain = false;
    std::string content_type;
    std::vector<std::string> headers;    ///< NAME=VALUE
    std::vector<std::string> settings;   ///< KEY=VALUE of the backend's table
};
ExitCode publish(const PubArguments& arguments);

struct SubArguments {
    std::string url;
    std::vector<std::string> topics;
    bool with_topics = false;
    bool json = false;
    std::uint64_t count = 0;  ///< 0: until interrupted
    std::vector<std::string> settings;
};
ExitCode subscribe(const SubArguments& arguments);

ExitCode print_version();

}  // namespace rialto::bridge
